"""Questions about anything, their answers, and the invoices that are missing."""
