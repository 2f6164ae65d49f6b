"""CRM v8: records, settings, organisation, users, currencies and notifications."""
