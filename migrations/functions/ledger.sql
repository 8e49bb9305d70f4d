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

-- What the tree holds of one line (RFC 6962 §2.1).
create or replace function private.leaf_hash(l postern.ledger) returns bytea
language sql stable as $$
  select sha256('\x00'::bytea || convert_to(private.ledger_text(l), 'UTF8'))
$$;

-- The root over 2^n hashes.
create or replace function private.perfect_root(hashes bytea[]) returns bytea
language plpgsql immutable as $$
begin
  while cardinality(hashes) > 1 loop
    select array_agg(sha256('\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i]) order by i)
      into hashes
      from generate_series(1, cardinality(hashes) / 2) i;
  end loop;
  return hashes[1];
end
$$;

-- Stores the roots of complete subtrees that are not stored yet, at most `row_limit` a level, and says how many there were.
create or replace function postern.fill_ledger_nodes(ticket bytea, row_limit integer)
returns table (filled integer)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  size      bigint := coalesce((select max(c.tree_size) from checkpoints c), 0);
  of_level  smallint;
  known     bigint;
  to_place  bigint;
  one       bigint;
  hashes    bytea[];
  done      integer := 0;
begin
  perform private.process_of(ticket, 'vault');
  foreach of_level in array array[8, 16, 24] loop
    known := coalesce((select max(n.place) + 1 from ledger_nodes n where n.level = of_level), 0);
    to_place := least(size / (1::bigint << of_level), known + row_limit) - 1;
    for one in known .. to_place loop
      if of_level = 8 then
        select array_agg(private.leaf_hash(l) order by l.position) into hashes
          from ledger l where l.position >= one * 256 and l.position < (one + 1) * 256;
      else
        select array_agg(n.hash order by n.place) into hashes
          from ledger_nodes n
         where n.level = of_level - 8 and n.place >= one * 256 and n.place < (one + 1) * 256;
      end if;
      -- Lines that are missing are for the verification to find.
      exit when coalesce(cardinality(hashes), 0) <> 256;
      insert into ledger_nodes (level, place, hash)
      values (of_level, one, private.perfect_root(hashes))
          on conflict do nothing;
      done := done + 1;
    end loop;
  end loop;
  return query select done;
end
$$;

-- Hashes of the tree from one place on: of single lines, or of the complete subtrees that are stored.
create or replace function postern.ledger_hashes(h1 bytea, of_level integer, first_place bigint, row_limit integer)
returns table (place bigint, hash bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  if not exists (select from private.session_of(h1) asking where private.may(asking, 'audit:read')) then
    return;
  end if;
  if of_level = 0 then
    return query
    select l.position, private.leaf_hash(l)
      from ledger l
     where l.position >= first_place and l.position < first_place + least(row_limit, 256)
     order by l.position;
  else
    return query
    select n.place, n.hash
      from ledger_nodes n
     where n.level = of_level and n.place >= first_place and n.place < first_place + least(row_limit, 256)
     order by n.place;
  end if;
end
$$;

-- The newest checkpoint, for who may see the lines of their account that it covers.
create or replace function postern.audit_checkpoint(h1 bytea)
returns table (account_id uuid, tree_size bigint, at timestamptz, root bytea, signature bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select asking.account_id, c.tree_size, c.at, c.root, c.signature
    from private.session_of(h1) asking
   cross join (select * from checkpoints order by checkpoints.tree_size desc limit 1) c
   where private.may(asking, 'audit:read');
end
$$;

-- The checkpoint that a line was signed with first.
create or replace function postern.audit_line(h1 bytea, wanted bigint)
returns table ("position" bigint, line text, tree_size bigint, at timestamptz, root bytea, signature bytea)
language plpgsql stable security definer set search_path = postern, private, pg_temp as $$
begin
  return query
  select l.position, private.ledger_text(l), c.tree_size, c.at, c.root, c.signature
    from private.session_of(h1) asking
    join ledger l on l.account_id = asking.account_id and l.id = wanted
    left join lateral (select * from checkpoints k where k.tree_size > l.position order by k.tree_size limit 1) c on true
   where private.may(asking, 'audit:read');
end
$$;

-- An export is a line of its own, and takes a factor that was shown lately.
create or replace function postern.begin_audit_export(h1 bytea)
returns table (begun boolean)
language plpgsql security definer set search_path = postern, private, pg_temp as $$
declare
  asking credentials;
begin
  select * into asking from private.session_of(h1);
  if asking.id is null or not private.may(asking, 'audit:read')
     or (asking.options #>> '{session,steppedUpAt}')::bigint < extract(epoch from now() - interval '10 minutes') * 1000 then
    return;
  end if;
  perform private.append_line('console', 'credential', asking.id::text, asking.account_id, 'audit.export', 'account',
                              asking.account_id, null, 1, null);
  return query select true;
end
$$;

-- Placed lines of the asking account, oldest first, as an export holds them.
create or replace function postern.list_audit_export(
  h1 bytea, after_id bigint, size bigint, from_at timestamptz, to_at timestamptz, row_limit integer)
returns table (id bigint, "position" bigint, line text)
language plpgsql stable security definer set search_path = postern, private, pg_temp
set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select l.id, l.position, private.ledger_text(l)
    from private.session_of(h1) asking
    join ledger l on l.account_id = asking.account_id
   where private.may(asking, 'audit:read')
     and l.id > after_id
     and l.position < size
     and (from_at is null or l.at >= from_at)
     and (to_at is null or l.at < to_at)
   order by l.id
   limit row_limit;
end
$$;
