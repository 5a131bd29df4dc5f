"""What images and models may be called: rules that every room may use, and that load no library."""
