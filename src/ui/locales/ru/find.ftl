filter-no-field = { $part }: такого поля здесь нет
filter-no-number = { $part }: дальше нужно число
filter-no-text = { $part }: дальше нужен текст
filter-no-figure = { $part }: сравнивают только числа
filter-sites-marked = { $n ->
    [one] отмечена { $n } площадка из { $of }
    [few] отмечены { $n } площадки из { $of }
   *[many] отмечено { $n } площадок из { $of }
    }
filter-blocks-marked = { $n ->
    [one] отмечен { $n } блок из { $of }
    [few] отмечены { $n } блока из { $of }
   *[many] отмечено { $n } блоков из { $of }
    }
filter-hidden = { $n ->
    [one] { $n } из них не видна
    [few] { $n } из них не видны
   *[many] { $n } из них не видно
    }
palette-found = { $n ->
    [one] { $n } строка
    [few] { $n } строки
   *[many] { $n } строк
    }
palette-none = Так ничего не называется; Backspace убирает буквы.
palette-recent = недавно
palette-site = перейти к площадке
palette-on = экраны: { $screens }
palette-on-more = экран { $screen } и другие
filter-open = { $part }: кавычка не закрыта
