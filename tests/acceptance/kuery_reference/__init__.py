"""A second reading of the query language, written from the specification alone and kept apart from the program's own:
`syntax` reads a query as Kibana's parser does, down to the list of what it expected; `fields` makes a field list of a
mapping; `dsl` translates as a detection rule would; `queries` invents inputs. Slow and plain on purpose: it is a judge."""
