-- Finds the bodies that are to be forgotten after a day. Only rows with bodies are in it, and accounts have none by default.
create index request_log_bodies_index on postern.request_log (at) where bodies_sealed is not null;
