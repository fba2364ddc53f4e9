"""What people who read answers say of them: advice to another help desk, and the judged sample."""
