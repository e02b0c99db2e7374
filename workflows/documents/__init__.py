"""Papers: acts, consents, agreements and working papers; their numbers, signers, files, and what they let happen."""
