-- Written by `.dump` of a database of schema 5, in which there is a token in each condition.
pragma application_id = 1349539698;
pragma user_version = 5;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
  , heirs text check (json_valid(heirs))) strict;
INSERT INTO pw_queues VALUES(1,'shop/first','shop_first','shop','stage','["Cat","Dog"]',0,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(2,'shop/third','shop_second','shop','stage',NULL,1,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(3,'shop/desk','shop_desk','shop','review',NULL,0,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(4,'shop/old','shop_old','shop','stage',NULL,0,1,'vm:31832',1893456000000,'[8,9]');
INSERT INTO pw_queues VALUES(5,'shop/Odd Name','shop_odd_name','shop','stage',NULL,0,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(6,'shop/done','shop_done','shop','output',NULL,0,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(7,'mall','mall','mall','stage',NULL,0,0,'vm:31832',1893456000000,NULL);
INSERT INTO pw_queues VALUES(8,'shop/cats','shop_cats','shop','stage','["Cat"]',0,0,'vm:31832',1893456001110,NULL);
INSERT INTO pw_queues VALUES(9,'shop/dogs','shop_dogs','shop','stage','["Dog"]',0,0,'vm:31832',1893456001110,NULL);
CREATE TABLE pw_tokens (
    ref integer primary key,
    id text not null,
    workflow text not null,
    parent text,
    entered_at integer not null,
    finished_at integer,
    left_at integer,
    last_hop integer not null default 0, outcome text check (outcome in ('done', 'cancelled', 'discarded')),
    unique (id, workflow)
  ) strict;
INSERT INTO pw_tokens VALUES(1,'ready','shop',NULL,1893456000000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(2,'urgent','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(3,'framed','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(4,'child','shop','ready',1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(5,'delayed','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(6,'due','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(7,'leased','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(8,'busy','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(9,'retried','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(10,'dead','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(11,'revived','shop',NULL,1893456001000,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(12,'cancelled','shop',NULL,1893456001000,1893456001000,1893456001000,1,'cancelled');
INSERT INTO pw_tokens VALUES(13,'discarded','shop',NULL,1893456001000,1893456001000,1893456001000,1,'discarded');
INSERT INTO pw_tokens VALUES(14,'done','shop',NULL,1893456001000,1893456001050,NULL,3,'done');
INSERT INTO pw_tokens VALUES(15,'popped','shop',NULL,1893456001050,1893456001050,1893456001050,2,'done');
INSERT INTO pw_tokens VALUES(16,'desk','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(17,'claimed','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(18,'decided','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(19,'again','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(20,'split-cat','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(21,'split-dog','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(22,'odd','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(23,'ready','mall',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(24,'dead','mall',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(25,'suspect','shop',NULL,1893456001050,NULL,NULL,0,NULL);
INSERT INTO pw_tokens VALUES(26,'late','shop',NULL,1893456001050,NULL,NULL,0,NULL);
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
INSERT INTO pw_events VALUES(13,'claimed');
INSERT INTO pw_events VALUES(14,'paused');
INSERT INTO pw_events VALUES(15,'resumed');
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
  , fields text, target integer, owner integer, deploy integer) strict;
INSERT INTO pw_history VALUES(1,1893456000000,1,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(2,1893456001000,2,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(3,1893456001000,3,1,2,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(4,1893456001000,4,1,1,0,NULL,'ann','asked for',NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(5,1893456001000,5,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(6,1893456001000,6,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(7,1893456001000,7,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(8,1893456001000,8,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(9,1893456001000,9,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(10,1893456001000,9,1,1,6,1,NULL,NULL,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL,NULL,1,1);
INSERT INTO pw_history VALUES(11,1893456001000,10,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(12,1893456001000,10,1,1,8,5,NULL,NULL,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(13,1893456001000,11,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(14,1893456001000,11,1,1,8,NULL,NULL,NULL,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(15,1893456001000,11,1,1,12,NULL,'ann',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(16,1893456001000,12,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(17,1893456001000,12,1,1,10,NULL,'bob','a typo',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(18,1893456001000,13,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(19,1893456001000,13,1,1,4,NULL,NULL,'empty',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(20,1893456001000,14,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(21,1893456001000,14,1,1,1,1,NULL,NULL,NULL,12.5,NULL,2,1,1);
INSERT INTO pw_history VALUES(22,1893456001050,14,2,2,1,1,NULL,NULL,NULL,12.5,NULL,6,1,1);
INSERT INTO pw_history VALUES(23,1893456001050,15,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(24,1893456001050,15,1,1,1,1,NULL,NULL,NULL,12.5,NULL,6,1,1);
INSERT INTO pw_history VALUES(25,1893456001050,15,2,6,5,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(26,1893456001050,16,1,3,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(27,1893456001050,17,1,3,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(28,1893456001050,17,1,3,13,NULL,'ann',NULL,NULL,NULL,NULL,NULL,2,NULL);
INSERT INTO pw_history VALUES(29,1893456001050,18,1,3,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(30,1893456001050,18,1,3,13,NULL,'ann',NULL,NULL,NULL,NULL,NULL,2,NULL);
INSERT INTO pw_history VALUES(31,1893456001050,18,1,3,3,1,'ann','again',NULL,12.5,'{"note":"try it","n":3}',1,1,1);
INSERT INTO pw_history VALUES(32,1893456001050,19,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(33,1893456001050,19,1,1,11,NULL,'bob','a newer scan',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(34,1893456001050,19,2,2,0,NULL,'bob','a newer scan',NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(35,1893456001050,20,1,4,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(36,1893456001050,21,1,4,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(37,1893456001050,22,1,5,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(38,1893456001050,23,1,7,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(39,1893456001050,24,1,7,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(40,1893456001050,25,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(41,1893456001050,26,1,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO pw_history VALUES(42,1893456001080,25,1,1,9,1,'host:1:abc',NULL,'{"kind":"crash","name":"CrashError","message":"Its worker in queue \"shop/first\" stopped without an answer."}',NULL,NULL,NULL,1,NULL);
INSERT INTO pw_history VALUES(43,1893456001080,26,1,1,9,1,'host:1:abc',NULL,'{"kind":"timeout","name":"TimeoutError","message":"The work on it in queue \"shop/first\" took longer than allowed."}',NULL,NULL,NULL,1,NULL);
INSERT INTO pw_history VALUES(44,1893456001110,25,1,1,9,1,'host:1:abc',NULL,'{"kind":"crash","name":"CrashError","message":"Its worker in queue \"shop/first\" stopped without an answer."}',NULL,NULL,NULL,1,NULL);
INSERT INTO pw_history VALUES(45,1893456001110,0,0,2,14,NULL,'ann','the disk is full',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(46,1893456001110,0,0,9,14,NULL,'ann',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO pw_history VALUES(47,1893456001110,0,0,9,15,NULL,'ann','mended',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE pw_deploys (
    workflow text not null,
    fingerprint text not null,
    deploy integer not null,
    declared_at integer not null,
    primary key (workflow, fingerprint)
  ) strict, without rowid;
INSERT INTO pw_deploys VALUES('mall','m1',1,1893456000000);
INSERT INTO pw_deploys VALUES('shop','v1',1,1893456000000);
INSERT INTO pw_deploys VALUES('shop','v2',2,1893456001110);
CREATE TABLE pw_owners (ref integer primary key, name text not null unique) strict;
INSERT INTO pw_owners VALUES(1,'host:1:abc');
INSERT INTO pw_owners VALUES(2,'person:ann');
CREATE TABLE pw_clock (ahead integer) strict;
INSERT INTO pw_clock VALUES(1893455000000);
CREATE TABLE pw_names (name text primary key, ref integer not null) strict, without rowid;
INSERT INTO pw_names VALUES('shop/second',2);
CREATE TABLE pw_declared (times integer not null) strict;
INSERT INTO pw_declared VALUES(3);
CREATE TABLE shop_first (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_first VALUES(1,'ready',1,'{"tag":"Cat","id":"ready","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(2,'urgent',1,'{"tag":"Cat","id":"urgent","text":"Zoë \"quoted\"   line"}','ready',0,0,-5,0,0,0,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(4,'child',1,'{"tag":"Cat","id":"child","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001000,NULL,'ready',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(5,'delayed',1,'{"tag":"Cat","id":"delayed","text":"Zoë \"quoted\"   line"}','delayed',0,0,0,0,0,0,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,1893459601000,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(6,'due',1,'{"tag":"Cat","id":"due","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(7,'leased',1,'{"tag":"Cat","id":"leased","text":"Zoë \"quoted\"   line"}','leased',0,0,0,0,0,1,1,1893456001000,NULL,NULL,'host:1:abc',1061000,60000,1601000,NULL,NULL,NULL,1893456001000);
INSERT INTO shop_first VALUES(8,'busy',1,'{"tag":"Cat","id":"busy","text":"Zoë \"quoted\"   line"}','leased',0,0,0,0,0,1,1,1893456001000,NULL,NULL,'host:1:abc',1061000,60000,1601000,NULL,NULL,'{"fraction":0.25,"note":"a quarter"}',1893456001000);
INSERT INTO shop_first VALUES(9,'retried',1,'{"tag":"Cat","id":"retried","text":"Zoë \"quoted\"   line"}','delayed',0,0,0,1,0,1,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,1893456006000,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL);
INSERT INTO shop_first VALUES(10,'dead',1,'{"tag":"Cat","id":"dead","text":"Zoë \"quoted\"   line"}','dead',0,0,0,5,0,1,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL);
INSERT INTO shop_first VALUES(11,'revived',1,'{"tag":"Cat","id":"revived","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,1,1,1893456001000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"kind":"error","name":"TypeError","message":"fetch failed","code":"ENET","stack":"at a (file:1:2)","causes":[{"name":"Error","message":"reset","code":"ECONNRESET"}]}',NULL,NULL);
INSERT INTO shop_first VALUES(18,'decided',2,'{"tag":"Cat","id":"decided"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_first VALUES(25,'suspect',1,'{"tag":"Cat","id":"suspect","text":"Zoë \"quoted\"   line"}','ready',1,1,0,0,1,2,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"kind":"crash","name":"CrashError","message":"Its worker in queue \"shop/first\" stopped without an answer."}',NULL,NULL);
INSERT INTO shop_first VALUES(26,'late',1,'{"tag":"Cat","id":"late","text":"Zoë \"quoted\"   line"}','ready',0,0,0,1,0,1,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{"kind":"timeout","name":"TimeoutError","message":"The work on it in queue \"shop/first\" took longer than allowed."}',NULL,NULL);
CREATE TABLE shop_second (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_second VALUES(3,'framed',1,'{"tag":"Cat","id":"framed","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001000,'[{"set":"aside"},7]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_second VALUES(19,'again',2,'{"tag":"Cat","id":"again","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shop_desk (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_desk VALUES(16,'desk',1,'{"tag":"Cat","id":"desk","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO shop_desk VALUES(17,'claimed',1,'{"tag":"Cat","id":"claimed","text":"Zoë \"quoted\"   line"}','leased',0,0,0,0,0,1,1,1893456001050,NULL,NULL,'person:ann',1061050,60000,1601050,NULL,NULL,NULL,1893456001050);
CREATE TABLE shop_old (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
CREATE TABLE shop_odd_name (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_odd_name VALUES(22,'odd',1,'{"tag":"Cat","id":"odd","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shop_done (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_done VALUES(14,'done',3,'{"tag":"Cat","id":"done"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE mall (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO mall VALUES(23,'ready',1,'{"tag":"Cat","id":"ready","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO mall VALUES(24,'dead',1,'{"tag":"Cat","id":"dead","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shop_cats (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_cats VALUES(20,'split-cat',1,'{"tag":"Cat","id":"split-cat","text":"Zoë \"quoted\"   line"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shop_dogs (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
INSERT INTO shop_dogs VALUES(21,'split-dog',1,'{"tag":"Dog"}','ready',0,0,0,0,0,0,1,1893456001050,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX pw_history_token on pw_history (token);
CREATE INDEX pw_shop_first_ready on shop_first (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_first_delayed on shop_first (due) where status = 'delayed';
CREATE INDEX pw_shop_first_leased on shop_first (until) where status = 'leased';
CREATE INDEX pw_shop_first_dead on shop_first (token) where status = 'dead';
CREATE INDEX pw_shop_first_since on shop_first (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_second_ready on shop_second (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_second_delayed on shop_second (due) where status = 'delayed';
CREATE INDEX pw_shop_second_leased on shop_second (until) where status = 'leased';
CREATE INDEX pw_shop_second_dead on shop_second (token) where status = 'dead';
CREATE INDEX pw_shop_second_since on shop_second (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_desk_ready on shop_desk (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_desk_delayed on shop_desk (due) where status = 'delayed';
CREATE INDEX pw_shop_desk_leased on shop_desk (until) where status = 'leased';
CREATE INDEX pw_shop_desk_dead on shop_desk (token) where status = 'dead';
CREATE INDEX pw_shop_desk_since on shop_desk (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_old_ready on shop_old (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_old_delayed on shop_old (due) where status = 'delayed';
CREATE INDEX pw_shop_old_leased on shop_old (until) where status = 'leased';
CREATE INDEX pw_shop_old_dead on shop_old (token) where status = 'dead';
CREATE INDEX pw_shop_old_since on shop_old (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_odd_name_ready on shop_odd_name (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_odd_name_delayed on shop_odd_name (due) where status = 'delayed';
CREATE INDEX pw_shop_odd_name_leased on shop_odd_name (until) where status = 'leased';
CREATE INDEX pw_shop_odd_name_dead on shop_odd_name (token) where status = 'dead';
CREATE INDEX pw_shop_odd_name_since on shop_odd_name (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_done_ready on shop_done (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_done_delayed on shop_done (due) where status = 'delayed';
CREATE INDEX pw_shop_done_leased on shop_done (until) where status = 'leased';
CREATE INDEX pw_shop_done_dead on shop_done (token) where status = 'dead';
CREATE INDEX pw_shop_done_since on shop_done (entered_at) where status <> 'leased';
CREATE INDEX pw_mall_ready on mall (suspect, priority) where status = 'ready';
CREATE INDEX pw_mall_delayed on mall (due) where status = 'delayed';
CREATE INDEX pw_mall_leased on mall (until) where status = 'leased';
CREATE INDEX pw_mall_dead on mall (token) where status = 'dead';
CREATE INDEX pw_mall_since on mall (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_cats_ready on shop_cats (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_cats_delayed on shop_cats (due) where status = 'delayed';
CREATE INDEX pw_shop_cats_leased on shop_cats (until) where status = 'leased';
CREATE INDEX pw_shop_cats_dead on shop_cats (token) where status = 'dead';
CREATE INDEX pw_shop_cats_since on shop_cats (entered_at) where status <> 'leased';
CREATE INDEX pw_shop_dogs_ready on shop_dogs (suspect, priority) where status = 'ready';
CREATE INDEX pw_shop_dogs_delayed on shop_dogs (due) where status = 'delayed';
CREATE INDEX pw_shop_dogs_leased on shop_dogs (until) where status = 'leased';
CREATE INDEX pw_shop_dogs_dead on shop_dogs (token) where status = 'dead';
CREATE INDEX pw_shop_dogs_since on shop_dogs (entered_at) where status <> 'leased';
CREATE VIEW pw_messages_1 as
select 1 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_first
union all select 2 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_second
union all select 3 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_desk
union all select 4 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_old
union all select 5 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_odd_name
union all select 6 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_done
union all select 7 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from mall
union all select 8 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_cats
union all select 9 as queue, token, hop, value, status, suspect, priority, attempts, crashes, entered_at, owner, until, leased_at, due, error, progress from shop_dogs;
CREATE VIEW pw_messages as
select * from pw_messages_1;
CREATE VIEW pw_counts_1 as
select ref, (select count(*) from shop_first where status = 'ready') as ready, (select count(*) from shop_first where status = 'leased') as leased, (select count(*) from shop_first where status = 'delayed') as delayed, (select count(*) from shop_first where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_first where status <> 'leased' union all select min(entered_at) as at from shop_first where status = 'leased')) as oldest_ms from pw_queues where ref = 1
union all select ref, (select count(*) from shop_second where status = 'ready') as ready, (select count(*) from shop_second where status = 'leased') as leased, (select count(*) from shop_second where status = 'delayed') as delayed, (select count(*) from shop_second where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_second where status <> 'leased' union all select min(entered_at) as at from shop_second where status = 'leased')) as oldest_ms from pw_queues where ref = 2
union all select ref, (select count(*) from shop_desk where status = 'ready') as ready, (select count(*) from shop_desk where status = 'leased') as leased, (select count(*) from shop_desk where status = 'delayed') as delayed, (select count(*) from shop_desk where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_desk where status <> 'leased' union all select min(entered_at) as at from shop_desk where status = 'leased')) as oldest_ms from pw_queues where ref = 3
union all select ref, (select count(*) from shop_old where status = 'ready') as ready, (select count(*) from shop_old where status = 'leased') as leased, (select count(*) from shop_old where status = 'delayed') as delayed, (select count(*) from shop_old where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_old where status <> 'leased' union all select min(entered_at) as at from shop_old where status = 'leased')) as oldest_ms from pw_queues where ref = 4
union all select ref, (select count(*) from shop_odd_name where status = 'ready') as ready, (select count(*) from shop_odd_name where status = 'leased') as leased, (select count(*) from shop_odd_name where status = 'delayed') as delayed, (select count(*) from shop_odd_name where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_odd_name where status <> 'leased' union all select min(entered_at) as at from shop_odd_name where status = 'leased')) as oldest_ms from pw_queues where ref = 5
union all select ref, (select count(*) from shop_done where status = 'ready') as ready, (select count(*) from shop_done where status = 'leased') as leased, (select count(*) from shop_done where status = 'delayed') as delayed, (select count(*) from shop_done where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_done where status <> 'leased' union all select min(entered_at) as at from shop_done where status = 'leased')) as oldest_ms from pw_queues where ref = 6
union all select ref, (select count(*) from mall where status = 'ready') as ready, (select count(*) from mall where status = 'leased') as leased, (select count(*) from mall where status = 'delayed') as delayed, (select count(*) from mall where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from mall where status <> 'leased' union all select min(entered_at) as at from mall where status = 'leased')) as oldest_ms from pw_queues where ref = 7
union all select ref, (select count(*) from shop_cats where status = 'ready') as ready, (select count(*) from shop_cats where status = 'leased') as leased, (select count(*) from shop_cats where status = 'delayed') as delayed, (select count(*) from shop_cats where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_cats where status <> 'leased' union all select min(entered_at) as at from shop_cats where status = 'leased')) as oldest_ms from pw_queues where ref = 8
union all select ref, (select count(*) from shop_dogs where status = 'ready') as ready, (select count(*) from shop_dogs where status = 'leased') as leased, (select count(*) from shop_dogs where status = 'delayed') as delayed, (select count(*) from shop_dogs where status = 'dead') as dead,
  (select min(at) from (select min(entered_at) as at from shop_dogs where status <> 'leased' union all select min(entered_at) as at from shop_dogs where status = 'leased')) as oldest_ms from pw_queues where ref = 9;
CREATE VIEW pw_counts as
select * from pw_counts_1;
CREATE VIEW queues as
select q.name, q.workflow, q.role, n.ready, n.leased, n.delayed, n.dead, strftime('%Y-%m-%dT%H:%M:%fZ', n.oldest_ms / 1000.0, 'unixepoch') as oldest,
  n.oldest_ms, q.paused, q.table_name
from pw_counts n join pw_queues q on q.ref = n.ref
where not q.retired or n.ready + n.leased + n.delayed + n.dead > 0;
CREATE VIEW tokens as
select t.workflow, t.id, q.name as queue, iif(json_valid(m.value), json_extract(m.value, '$.tag'), null) as state, m.status, m.hop, m.attempts,
  iif(json_valid(m.error), json_extract(m.error, '$.message'), null) as error, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
  t.entered_at as entered_ms, t.finished_at as finished_ms, t.outcome,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.entered_at / 1000.0, 'unixepoch') as since, m.entered_at as since_ms, m.priority, m.crashes, strftime('%Y-%m-%dT%H:%M:%fZ', m.due / 1000.0, 'unixepoch') as due, m.due as due_ms,
  iif(m.owner glob 'person:*', substr(m.owner, 8), m.owner) as owner, strftime('%Y-%m-%dT%H:%M:%fZ', m.leased_at / 1000.0, 'unixepoch') as leased, m.leased_at as leased_ms, strftime('%Y-%m-%dT%H:%M:%fZ', (m.until + (select ahead from pw_clock)) / 1000.0, 'unixepoch') as until, (m.until + (select ahead from pw_clock)) as until_ms,
  iif(json_valid(m.progress), json_extract(m.progress, '$.fraction'), null) as progress, iif(json_valid(m.progress), json_extract(m.progress, '$.note'), null) as progress_note,
  iif(json_valid(m.error), json_extract(m.error, '$.name'), null) as error_name, iif(json_valid(m.error), json_extract(m.error, '$.code'), null) as error_code, iif(json_valid(m.error), json_extract(m.error, '$.kind'), null) as error_kind, m.value
from pw_messages m join pw_tokens t on t.ref = m.token join pw_queues q on q.ref = m.queue
union all select t.workflow, t.id, null, null, null, t.last_hop, null,
  null, t.parent, strftime('%Y-%m-%dT%H:%M:%fZ', t.entered_at / 1000.0, 'unixepoch') as entered, strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') as finished,
  t.entered_at as entered_ms, t.finished_at as finished_ms, t.outcome,
  null, null, null, null, null, null,
  null, null, null, null, null,
  null, null,
  null, null, null, null
from pw_tokens t where t.left_at is not null;
CREATE VIEW history as
select strftime('%Y-%m-%dT%H:%M:%fZ', h.at / 1000.0, 'unixepoch') as time, coalesce(t.workflow, q.workflow) as workflow, t.id, nullif(h.hop, 0) as hop,
  q.name as queue, e.name as event, h.attempt, h.actor, h.reason, h.fields, iif(json_valid(h.error), json_extract(h.error, '$.message'), null) as error,
  h.work_ms, h.at as time_ms, h.line, z.name as to_queue, iif(o.name glob 'person:*', substr(o.name, 8), o.name) as owner, h.deploy, iif(json_valid(h.error), json_extract(h.error, '$.name'), null) as error_name, iif(json_valid(h.error), json_extract(h.error, '$.code'), null) as error_code, iif(json_valid(h.error), json_extract(h.error, '$.kind'), null) as error_kind
from pw_history h
left join pw_tokens t on t.ref = h.token
join pw_queues q on q.ref = h.queue
join pw_events e on e.ref = h.event
left join pw_queues z on z.ref = h.target
left join pw_owners o on o.ref = h.owner;
COMMIT;
