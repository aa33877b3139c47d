/** Adds the buckets of spreads, of which one may be longer. */
export const createAdd = `
create function pw_add(a bigint[], b bigint[]) returns bigint[] language sql immutable parallel safe as $$
  select coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) order by n), '{}') from unnest(a, b) with ordinality as u(x, y, n) $$;`
