/*
 * Marks and texts name the stay that they are of: of another they are not seen, so no hop has to take them away. The value of a
 * mark is a number or a text. The words of a text are made by the rules and kept in their order.
 */
export const createMarks = `
  create table pw_marks (
    token bigint not null,
    hop integer not null,
    queue integer not null,
    mark text collate "C" not null,
    number double precision,
    text text collate "C",
    primary key (token, hop, mark)
  );
  create index pw_marks_text on pw_marks (queue, mark, text, token) where text is not null;
  create index pw_marks_number on pw_marks (queue, mark, number, token) where number is not null;
  create table pw_texts (
    token bigint primary key,
    queue integer not null,
    hop integer not null,
    words text[] not null
  );
  create index pw_texts_words on pw_texts using gin (words);`
