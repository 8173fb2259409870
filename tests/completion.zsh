# tests/completion.zsh SCRIPTS LINE: what zsh offers for this line, one a line.
zmodload zsh/zpty
zpty shell zsh -f -i
# compadd itself tells what it is given, in <>. A key is only pressed behind the
# prompt: before it, the terminal would take it for its own.
zpty -w shell "
PS1=@''@ PROMPT_EOL_MARK= RPS1=; stty -echo columns 1000
mkdir -p /tmp/tcptrail-zsh-$$; cp $1/zsh /tmp/tcptrail-zsh-$$/_tcptrail
fpath=(/tmp/tcptrail-zsh-$$ \$fpath)
autoload -U compinit; compinit -u -D
compadd() {
	if [[ \$@[1,(i)(-|--)] == *-[a-zA-Z]#(O|A|D)\ * ]]; then builtin compadd \"\$@\"; return; fi
	local -a offered
	builtin compadd -A offered \"\$@\"
	(( \$#offered )) && print -r -- \"<\"\${^offered/#/\$IPREFIX}\">\"
	builtin compadd \"\$@\"
}
print REA''DY
"
local out chunk
until [[ $out == *READY*@@* ]]; do zpty -r shell chunk && out+=$chunk; done
zpty -n -w shell $2$'\t\C-U'"print DO""NE"$'\n'
out=
until [[ $out == *DONE* ]]; do zpty -r shell chunk || break; out+=$chunk; done
zpty -d shell
rm -rf /tmp/tcptrail-zsh-$$
print -r -- $out | tr -d '\r' | grep -oE '<[^<>]+>' | tr -d '<>'
