-- A database as version 0.1.0 made it: the shop of fixture.ts, with a token in each condition.
CREATE TABLE pw_queues (
    ref integer primary key,
    name text not null unique,
    table_name text not null unique,
    workflow text not null,
    role text not null check (role in ('stage', 'review', 'output')),
    tags text check (json_valid(tags)),
    paused integer not null default 0,
    retired integer not null default 0,
    made_by text not null,
    made_at integer not null
  ) strict;
INSERT INTO pw_queues VALUES(1,'shop/first','shop_first','shop','stage',NULL,0,0,'old:1',1893456000000);
INSERT INTO pw_queues VALUES(2,'shop/desk','shop_desk','shop','review',NULL,0,0,'old:1',1893456000000);
INSERT INTO pw_queues VALUES(3,'shop/done','shop_done','shop','output',NULL,0,0,'old:1',1893456000000);
CREATE TABLE pw_tokens (
    ref integer primary key,
    id text not null,
    workflow text not null,
    parent text,
    entered_at integer not null,
    finished_at integer,
    left_at integer,
    last_hop integer not null default 0,
    unique (id, workflow)
  ) strict;
INSERT INTO pw_tokens VALUES(1,'ready','shop',NULL,1893456000000,NULL,NULL,0);
INSERT INTO pw_tokens VALUES(2,'leased','shop',NULL,1893456001000,NULL,NULL,0);
INSERT INTO pw_tokens VALUES(3,'done','shop',NULL,1893456002000,1893456007000,NULL,2);
INSERT INTO pw_tokens VALUES(4,'popped','shop',NULL,1893456003000,1893456007000,1893456007000,2);
INSERT INTO pw_tokens VALUES(5,'cancelled','shop',NULL,1893456004000,1893456007000,1893456007000,1);
INSERT INTO pw_tokens VALUES(6,'discarded','shop',NULL,1893456005000,1893456007000,1893456007000,1);
INSERT INTO pw_tokens VALUES(7,'dead','shop',NULL,1893456006000,NULL,NULL,0);
INSERT INTO pw_tokens VALUES(8,'delayed','shop',NULL,1893456007000,NULL,NULL,0);
CREATE TABLE pw_events (ref integer primary key, name text not null) strict;
INSERT INTO pw_events VALUES(0,'entered');
INSERT INTO pw_events VALUES(1,'moved');
INSERT INTO pw_events VALUES(2,'failed');
INSERT INTO pw_events VALUES(3,'decided');
INSERT INTO pw_events VALUES(4,'discarded');
INSERT INTO pw_events VALUES(5,'popped');
INSERT INTO pw_events VALUES(6,'postponed');
INSERT INTO pw_events VALUES(7,'released');
INSERT INTO pw_events VALUES(8,'buried');
INSERT INTO pw_events VALUES(9,'expired');
INSERT INTO pw_events VALUES(10,'cancelled');
INSERT INTO pw_events VALUES(11,'replaced');
INSERT INTO pw_events VALUES(12,'revived');
CREATE TABLE pw_history (
    line integer primary key,
    at integer not null,
    token integer not null,
    hop integer not null,
    queue integer not null,
    event integer not null,
    attempt integer,
    actor text,
    reason text,
    error text,
    work_ms real
  ) strict;
INSERT INTO pw_history VALUES(1,1893456000000,1,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(2,1893456001000,2,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(3,1893456002000,3,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(4,1893456003000,4,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(5,1893456004000,5,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(6,1893456005000,6,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(7,1893456006000,7,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(8,1893456007000,8,1,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(9,1893456007000,3,1,1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(10,1893456007000,4,1,1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(11,1893456007000,4,2,3,5,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(12,1893456007000,5,1,1,10,NULL,'ann','no',NULL,NULL);
INSERT INTO pw_history VALUES(13,1893456007000,6,1,1,4,NULL,NULL,'x',NULL,NULL);
INSERT INTO pw_history VALUES(14,1893456007000,7,1,1,8,1,NULL,NULL,'{"kind":"error","name":"Error","message":"no"}',NULL);
CREATE TABLE pw_deploys (
    workflow text not null,
    fingerprint text not null,
    deploy integer not null,
    declared_at integer not null,
    primary key (workflow, fingerprint)
  ) strict, without rowid;
INSERT INTO pw_deploys VALUES('shop','v1',1,1893456000000);
CREATE TABLE shop_first (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      priority integer not null default 0,
      attempts integer not null default 0,
      crashes integer not null default 0,
      lease integer not null default 0,
      deploy integer not null,
      entered_at integer not null,
      frames text,
      parent text,
      owner text,
      until integer,
      lease_ms integer,
      deadline integer,
      due integer,
      error text,
      progress text
    ) strict;
INSERT INTO shop_first VALUES(1,'ready',1,'{"tag":"New","id":"ready"}','ready',0,0,0,0,0,1,1893456000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(2,'leased',1,'{"tag":"New","id":"leased"}','leased',0,0,0,0,1,1,1893456001000,NULL,NULL,'me',1030000,30000,1060000,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(7,'dead',1,'{"tag":"New","id":"dead"}','dead',0,0,0,0,1,1,1893456006000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"kind":"error","name":"Error","message":"no"}',NULL);
INSERT INTO shop_first VALUES(8,'delayed',1,'{"tag":"New","id":"delayed"}','delayed',0,0,0,0,0,1,1893456007000,NULL,NULL,NULL,NULL,NULL,NULL,1893542407000,NULL,NULL);
CREATE TABLE shop_desk (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      priority integer not null default 0,
      attempts integer not null default 0,
      crashes integer not null default 0,
      lease integer not null default 0,
      deploy integer not null,
      entered_at integer not null,
      frames text,
      parent text,
      owner text,
      until integer,
      lease_ms integer,
      deadline integer,
      due integer,
      error text,
      progress text
    ) strict;
CREATE TABLE shop_done (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      priority integer not null default 0,
      attempts integer not null default 0,
      crashes integer not null default 0,
      lease integer not null default 0,
      deploy integer not null,
      entered_at integer not null,
      frames text,
      parent text,
      owner text,
      until integer,
      lease_ms integer,
      deadline integer,
      due integer,
      error text,
      progress text
    ) strict;
INSERT INTO shop_done VALUES(3,'done',2,'1','ready',0,0,0,0,0,1,1893456007000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX pw_history_token on pw_history (token);
CREATE INDEX pw_shop_first_ready on shop_first (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_first_delayed on shop_first (due) where status = 'delayed';
CREATE INDEX pw_shop_first_leased on shop_first (until) where status = 'leased';
CREATE INDEX pw_shop_first_dead on shop_first (token) where status = 'dead';
CREATE INDEX pw_shop_desk_ready on shop_desk (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_desk_delayed on shop_desk (due) where status = 'delayed';
CREATE INDEX pw_shop_desk_leased on shop_desk (until) where status = 'leased';
CREATE INDEX pw_shop_desk_dead on shop_desk (token) where status = 'dead';
CREATE INDEX pw_shop_done_ready on shop_done (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_done_delayed on shop_done (due) where status = 'delayed';
CREATE INDEX pw_shop_done_leased on shop_done (until) where status = 'leased';
CREATE INDEX pw_shop_done_dead on shop_done (token) where status = 'dead';
CREATE VIEW queues as
select q.name, q.workflow, q.role, n.ready, n.leased, n.delayed, n.dead, strftime('%Y-%m-%dT%H:%M:%fZ', n.oldest_ms / 1000.0, 'unixepoch') as oldest,
  n.oldest_ms, q.paused, q.table_name
from pw_queues q join (
  select 2 as ref, (select count(*) from shop_desk where status = 'ready') as ready, (select count(*) from shop_desk where status = 'leased') as leased, (select count(*) from shop_desk where status = 'delayed') as delayed,
    (select count(*) from shop_desk where status = 'dead') as dead, (select entered_at from shop_desk order by token limit 1) as oldest_ms
  union all
  select 3 as ref, (select count(*) from shop_done where status = 'ready') as ready, (select count(*) from shop_done where status = 'leased') as leased, (select count(*) from shop_done where status = 'delayed') as delayed,
    (select count(*) from shop_done where status = 'dead') as dead, (select entered_at from shop_done order by token limit 1) as oldest_ms
  union all
  select 1 as ref, (select count(*) from shop_first where status = 'ready') as ready, (select count(*) from shop_first where status = 'leased') as leased, (select count(*) from shop_first where status = 'delayed') as delayed,
    (select count(*) from shop_first where status = 'dead') as dead, (select entered_at from shop_first order by token limit 1) as oldest_ms
) n on n.ref = q.ref
where not q.retired or n.ready + n.leased + n.delayed + n.dead > 0;
CREATE VIEW tokens as
  select t.workflow, t.id, 'shop/desk' as queue, iif(json_valid(m.value), json_extract(m.value, '$.tag'), null) as state,
    m.status, m.hop, m.attempts, iif(json_valid(m.error), json_extract(m.error, '$.message'), null) as error, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms
  from shop_desk m join pw_tokens t on t.ref = m.token
union all
  select t.workflow, t.id, 'shop/done' as queue, iif(json_valid(m.value), json_extract(m.value, '$.tag'), null) as state,
    m.status, m.hop, m.attempts, iif(json_valid(m.error), json_extract(m.error, '$.message'), null) as error, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms
  from shop_done m join pw_tokens t on t.ref = m.token
union all
  select t.workflow, t.id, 'shop/first' as queue, iif(json_valid(m.value), json_extract(m.value, '$.tag'), null) as state,
    m.status, m.hop, m.attempts, iif(json_valid(m.error), json_extract(m.error, '$.message'), null) as error, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms
  from shop_first m join pw_tokens t on t.ref = m.token
union all
  select t.workflow, t.id, null as queue, null as state, null as status, t.last_hop as hop,
    null as attempts, null as error, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms
  from pw_tokens t where t.left_at is not null;
CREATE VIEW history as
select strftime('%Y-%m-%dT%H:%M:%fZ', h.at / 1000.0, 'unixepoch') as time, t.workflow, t.id, h.hop, q.name as queue, e.name as event, h.attempt, h.actor,
  h.reason, iif(json_valid(h.error), json_extract(h.error, '$.message'), null) as error, h.work_ms, h.at as time_ms, h.line
from pw_history h
join pw_tokens t on t.ref = h.token
join pw_queues q on q.ref = h.queue
join pw_events e on e.ref = h.event;
pragma application_id = 1349539698;
pragma user_version = 1;
