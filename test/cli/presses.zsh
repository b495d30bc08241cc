# `zsh -f presses.zsh LINE...`: a zsh at a terminal of its own, in this folder, where `vipwatch LINE` is typed and Tab is pressed. Says
# what stands there then, a line each. `_vipwatch` is looked for in this folder.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT='> '; fpath=($PWD \$fpath); autoload -U compinit; compinit -u -D; setopt no_beep"
zpty -w shell "tell() { print -r -- \"LINE[\$BUFFER]\" }; zle -N tell; bindkey '^X' tell; print -r -- 'SET''UP'"
zpty -r -m shell said '*SETUP*> *' || exit 3
for typed in "$@"; do
  zpty -w -n shell "vipwatch $typed"$'\t\x18'
  zpty -r -m shell said '*LINE\[*\]*'
  print -r -- "${${said##*LINE\[}%%\]*}"
  zpty -w -n shell $'\x15'
done
zpty -d shell
