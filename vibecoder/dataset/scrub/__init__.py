"""Secrets and personal details found in rows and masked."""
