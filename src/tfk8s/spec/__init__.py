"""Everything a user may write, validated once."""
