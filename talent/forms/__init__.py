"""Input of the pages of talent, one file for each part of the house."""
