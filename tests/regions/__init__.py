"""One service in two real clusters behind one front: what requests see of changes, failures and a lost region."""
