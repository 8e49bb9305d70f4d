-- The ledger: who did what to how many, written before it is done. A line's text is what its leaf hash covers.

create or replace function private.append_line(
  by_process text, by_kind text, by_id text, of_account uuid, did text,
  to_kind text, to_object uuid, to_version integer, how_many integer, hash_of_ids bytea)
returns void
language sql as $$
  insert into postern.ledger (process, actor_kind, actor_id, lane, account_id, action, object_kind, object_id,
                              object_version, object_count, objects_hash)
  values (by_process, by_kind, by_id, private.lane_of(of_account), of_account, did, to_kind, to_object,
          to_version, how_many, coalesce(hash_of_ids, ''::bytea))
$$;

-- One canonical text a line: a JSON array of its columns in the order of the table, times in microseconds.
create or replace function private.ledger_text(l postern.ledger) returns text
language sql stable as $$
  select jsonb_build_array(l.id, (extract(epoch from l.at) * 1000000)::bigint, l.process, l.actor_kind, l.actor_id,
                           l.account_id, l.action, l.object_kind, l.object_id, l.object_version,
                           l.object_count, encode(l.objects_hash, 'hex'))::text
$$;

create or replace function postern.ledger_unplaced(ticket bytea, line_limit integer)
returns table (id bigint, at timestamptz, line text)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select l.id, l.at, private.ledger_text(l)
    from ledger l
   where l.position is null
   order by l.id
   limit line_limit;
end
$$;

create or replace function postern.last_checkpoint(ticket bytea)
returns table (tree_size bigint, root bytea, frontier bytea, signature bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select c.tree_size, c.root, c.frontier, c.signature
    from checkpoints c
   order by c.tree_size desc
   limit 1;
end
$$;

create or replace function postern.checkpoint_at(ticket bytea, wanted_size bigint)
returns table (root bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  return query
  select c.root from checkpoints c where c.tree_size = wanted_size;
end
$$;

-- Places lines `ids` in the tree at positions from `first_position` on and stores the checkpoint over them.
create or replace function postern.place_lines(
  ticket bytea, ids bigint[], first_position bigint, new_root bytea, new_frontier bytea, new_signature bytea)
returns void
language plpgsql security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.process_of(ticket, 'vault');
  if first_position <> coalesce((select max(c.tree_size) from checkpoints c), 0) then
    raise exception 'the tree has grown meanwhile' using errcode = 'serialization_failure';
  end if;
  update ledger l
     set position = first_position + placed.ordinality - 1
    from unnest(ids) with ordinality as placed(id, ordinality)
   where l.id = placed.id
     and l.position is null;
  insert into checkpoints (tree_size, root, frontier, signature)
  values (first_position + cardinality(ids), new_root, new_frontier, new_signature);
end
$$;

create or replace function postern.ops_ledger_lines(token_h1 bytea, from_position bigint, line_limit integer)
returns table (line_position bigint, line text)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select l.position, private.ledger_text(l)
    from ledger l
   where l.position >= from_position
   order by l.position
   limit line_limit;
end
$$;

create or replace function postern.ops_checkpoints(token_h1 bytea, after_size bigint, row_limit integer)
returns table (tree_size bigint, root bytea, signature bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  perform private.demand_operator(token_h1);
  return query
  select c.tree_size, c.root, c.signature
    from checkpoints c
   where c.tree_size > after_size
   order by c.tree_size
   limit row_limit;
end
$$;
