filter-no-field = { $part }: no such field here
filter-no-number = { $part }: a number should follow
filter-no-text = { $part }: a text should follow
filter-no-figure = { $part }: only figures are compared
filter-sites-marked = { $n ->
    [one] { $n } of { $of } sites marked
   *[other] { $n } of { $of } sites marked
    }
filter-blocks-marked = { $n ->
    [one] { $n } of { $of } blocks marked
   *[other] { $n } of { $of } blocks marked
    }
filter-hidden = { $n ->
    [one] { $n } of them not in sight
   *[other] { $n } of them not in sight
    }
palette-found = { $n ->
    [one] { $n } found
   *[other] { $n } found
    }
palette-none = Nothing is called that; Backspace takes letters away.
palette-recent = lately
palette-site = go to this site
palette-on = on { $screens }
palette-on-more = on { $screen } and others
filter-open = { $part }: its quotation mark is not closed
