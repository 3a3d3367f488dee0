// Package pages reads the project's documents: where they are, and the blocks of code in
// them, so that tests can check and run what they show.
//
// It is for tests only.
package pages

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Block is a fenced block of code.
type Block struct {
	// Page is the path of its document, below the root of the repository.
	Page string
	// Line is that of its opening fence, from 1.
	Line int
	// Language is the first word after the fence, such as yaml or sh. It may be empty.
	Language string
	// Title is the name of the file that the block shows, as in ```yaml title="hello.yaml".
	// It is empty for a block that is no file.
	Title string
	// Text is what stands between the fences. Of a block inside of a list the indentation
	// of the fence is taken away.
	Text string
}

// String is where it is.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Page, b.Line) }

// All returns the paths of the documents below the root of the repository: those that lie
// at the root itself, and all in docs.
func All(root string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, path := range found {
		if found[i], err = filepath.Rel(root, path); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Read returns the blocks of a document that are in one of the languages, in their order.
func Read(root, page string, languages ...string) ([]Block, error) {
	text, err := os.ReadFile(filepath.Join(root, page)) //nolint:gosec // for tests, which name the page
	if err != nil {
		return nil, err
	}
	all, err := parse(page, string(text))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(b Block) bool { return !slices.Contains(languages, b.Language) }), nil
}

// Command is a command that a document shows, for a shell.
type Command struct {
	Block

	// Command is what to type; it may have several lines.
	Command string
	// Output is what the page says that it prints. It is empty if it does not say.
	Output string
}

// Commands returns the commands of a document in their order: each block of sh is one, and each
// line of a console that begins with a prompt.
func Commands(root, page string) (all []Command, err error) {
	blocks, err := Read(root, page, "sh", "console")
	if err != nil {
		return nil, err
	}
	for _, block := range blocks {
		if block.Language == "sh" {
			all = append(all, Command{Block: block, Command: block.Text})
			continue
		}
		for session := range strings.SplitSeq("\n"+block.Text, "\n$ ") {
			if command, output, _ := strings.Cut(session, "\n"); command != "" {
				all = append(all, Command{Block: block, Command: command, Output: output})
			}
		}
	}
	return all, nil
}

var (
	fence = regexp.MustCompile("^( *)```([^`]*)$")
	title = regexp.MustCompile(`\btitle="([^"]*)"`)
)

// parse returns all blocks of a text.
func parse(page, text string) (blocks []Block, err error) {
	var open *Block
	var indent string
	for i, line := range strings.Split(text, "\n") {
		marks := fence.FindStringSubmatch(line)
		switch {
		case marks != nil && open == nil:
			language, _, _ := strings.Cut(marks[2], " ")
			open, indent = &Block{Page: page, Line: i + 1, Language: language}, marks[1]
			if named := title.FindStringSubmatch(marks[2]); named != nil {
				open.Title = named[1]
			}
		case marks != nil && marks[2] == "":
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.Text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s: the block does not end", open)
	}
	return blocks, nil
}
