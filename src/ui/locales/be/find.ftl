filter-no-field = { $part }: такога поля тут няма
filter-no-number = { $part }: далей патрэбен лік
filter-no-text = { $part }: далей патрэбен тэкст
filter-no-figure = { $part }: параўноўваюць толькі лікі
filter-sites-marked = { $n ->
    [one] адзначана { $n } пляцоўка з { $of }
    [few] адзначаны { $n } пляцоўкі з { $of }
   *[many] адзначана { $n } пляцовак з { $of }
    }
filter-blocks-marked = { $n ->
    [one] адзначаны { $n } блок з { $of }
    [few] адзначаны { $n } блокі з { $of }
   *[many] адзначана { $n } блокаў з { $of }
    }
filter-hidden = { $n ->
    [one] { $n } з іх не відаць
    [few] { $n } з іх не відаць
   *[many] { $n } з іх не відаць
    }
palette-found = { $n ->
    [one] { $n } радок
    [few] { $n } радкі
   *[many] { $n } радкоў
    }
palette-none = Так нічога не называецца; Backspace прыбірае літары.
palette-recent = нядаўна
palette-site = перайсці да пляцоўкі
palette-on = экраны: { $screens }
palette-on-more = экран { $screen } і іншыя
filter-open = { $part }: двукоссе не закрыта
