package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// prompt is the line being typed: a filter or a command.
type prompt struct {
	input  textinput.Model
	filter screen.Filterer // nil for a command
	before string          // the filter to go back to
	wrong  string
	help   string
}

func (a *App) newPrompt(sign, value string) *prompt {
	in := textinput.New()
	in.Prompt = sign
	in.SetVirtualCursor(false)
	in.SetStyles(textinput.Styles{})
	in.CharLimit = 200
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return &prompt{input: in}
}

func (a *App) startFilter() {
	f, ok := a.top().(screen.Filterer)
	if !ok {
		return
	}
	a.prompt = a.newPrompt("/", f.Filter())
	a.prompt.filter, a.prompt.before, a.prompt.help = f, f.Filter(), f.FilterHelp()
}

func (a *App) startCommand() {
	a.prompt = a.newPrompt(":", "")
	a.prompt.help = "tab completes: " + strings.Join(a.commandNames(), " ")
}

// promptKey takes a key of the line being typed.
func (a *App) promptKey(m tea.KeyPressMsg) tea.Cmd {
	p := a.prompt
	switch m.String() {
	case "esc":
		if p.filter != nil {
			p.filter.SetFilter("")
		}
		a.prompt = nil
		return nil
	case "enter":
		a.prompt = nil
		if p.filter == nil {
			return a.command(p.input.Value())
		}
		if p.wrong != "" {
			a.note = note{p.wrong, true}
		}
		return nil
	case "tab":
		if p.filter == nil {
			p.input.SetValue(a.complete(p.input.Value()))
			p.input.CursorEnd()
		}
		return nil
	case "up", "down", "pgup", "pgdown":
		if p.filter != nil { // the rows can be walked while typing
			return a.dispatch(m.String())
		}
		return nil
	}
	return a.promptInput(m)
}

// promptInput hands a message to the line and filters by what it then says.
func (a *App) promptInput(m tea.Msg) tea.Cmd {
	p := a.prompt
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(m)
	if p.filter != nil && p.input.Value() != before {
		p.wrong = p.filter.SetFilter(p.input.Value())
	}
	return cmd
}

// command runs what was typed behind the colon.
func (a *App) command(line string) tea.Cmd {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	name, of := words[0], strings.Join(words[1:], " ")
	switch name {
	case "q", "quit":
		return a.quit()
	case "export", "e":
		return a.perform(screen.Action{Export: true})
	case "ns":
		if of != "" {
			name = "wl"
		}
	}
	for _, e := range screens() {
		if e.command != name || e.command == "" {
			continue
		}
		if name == "wl" && of != "" {
			if _, ok := a.ctx.Facts.Namespace(of); !ok {
				return a.perform(screen.Refuse("there is no namespace " + of))
			}
			return a.perform(screen.Action{Open: screen.Place{Name: e.name, Of: of}})
		}
		return a.perform(screen.Action{Open: screen.Place{Name: e.name}})
	}
	return a.perform(screen.Refuse("there is no command " + name + "; there are " + strings.Join(a.commandNames(), " ")))
}

func (a *App) commandNames() []string {
	var names []string
	for _, e := range screens() {
		if e.command != "" {
			names = append(names, e.command)
		}
	}
	return append(names, "export", "q")
}

// complete extends what was typed as far as it is clear: a command, or the
// namespace behind one.
func (a *App) complete(line string) string {
	head, word := "", line
	options := a.commandNames()
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		head, word = line[:i+1], line[i+1:]
		options = nil
		for i := range a.ctx.Facts.Namespaces {
			options = append(options, a.ctx.Facts.Namespaces[i].Name)
		}
	}
	options = slices.DeleteFunc(options, func(o string) bool { return !strings.HasPrefix(o, word) })
	switch len(options) {
	case 0:
		return line
	case 1:
		return head + options[0]
	}
	common := options[0]
	for _, o := range options[1:] {
		for !strings.HasPrefix(o, common) {
			common = common[:len(common)-1]
		}
	}
	return head + common
}

// line draws the prompt and returns where its cursor is.
func (p *prompt) line(th *theme.Theme, w int) (text string, x int) {
	value, _ := theme.Clean(p.input.Value())
	sign := p.input.Prompt
	l := th.Line()
	l.Put(theme.Accent, " "+sign)
	runes := []rune(value)
	at := min(p.input.Position(), len(runes))
	before := string(runes[:at])
	// A long line shows its end.
	for room := w - 6; theme.Width(before) > room && len(before) > 0; {
		runes = runes[1:]
		at--
		before = string(runes[:max(at, 0)])
	}
	x = 2 + theme.Width(before)
	l.Put(theme.Text, string(runes))
	if p.wrong != "" {
		l.Put(theme.Danger, "   "+p.wrong)
	}
	return l.String(), x
}
