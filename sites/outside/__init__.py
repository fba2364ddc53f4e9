"""What leaves the house: public addresses only, webhooks, mail, and alerts that are told."""
