"""Pages, screens, REST and the socket of the desk; each verb makes one call of what lies below."""
