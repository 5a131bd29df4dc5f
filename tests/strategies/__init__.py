"""What hypothesis draws from: plain values, texts, and valid specs; shared by every tier."""
