"""From files in folders to rows.

`watch` sees files, `pipeline` is the straight line of one clip,
`engine` makes it durable, `store` keeps derived files, `direct` does it at once for a command.
"""
