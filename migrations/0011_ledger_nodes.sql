-- Roots of the complete subtrees of the ledger's Merkle tree over 256, 65 536 and 16 777 216 lines. With them an inclusion
-- proof reads at most 256 hashes of each of these levels, however long the ledger is. They follow from the lines: whoever
-- hands out a proof checks it against a signed root.
create table postern.ledger_nodes (
  level smallint not null check (level in (8, 16, 24)),
  place bigint   not null,
  hash  bytea    not null check (octet_length(hash) = 32),
  primary key (level, place)
);

do $$
begin
  alter table postern.ledger_nodes enable row level security;
  alter table postern.ledger_nodes force row level security;
  create policy owner on postern.ledger_nodes to postern_owner using (true) with check (true);
end
$$;
