"""How people come in, prove who they are, and leave: invitations, sign-ins, second factors, sessions, groups."""
