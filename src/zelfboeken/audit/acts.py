"""Acts in the log that another part asks for later, by name."""

EXPORT_COMPLETED = "domain.export_completed"
"""Everything of the domain went out, to the last byte: before that nothing is erased (INV-37)."""
