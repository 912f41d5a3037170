"""SCIM 2.0 (RFC 7643, 7644): a company's directory keeps its employees here. docs/connections.md says how to set it up."""
