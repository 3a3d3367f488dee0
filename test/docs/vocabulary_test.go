package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// bannedWord is a word of a private dialect, and the standard term to write instead.
type bannedWord struct {
	pattern *regexp.Regexp
	instead string
}

var banned = []bannedWord{
	{regexp.MustCompile(`(?i)\blimbo\b`), "unknown commit"},
	{regexp.MustCompile(`(?i)\bcensus\b`), "observer, count"},
	{regexp.MustCompile(`(?i)\bhopeless`), "permanent, too expensive"},
	{regexp.MustCompile(`(?i)\bsightings?\b`), "observation, sample"},
	{regexp.MustCompile(`\bon record\b`), "recorded, saved"},
	{regexp.MustCompile(`(?i)\b(hear|hears|heard)\b`), "observe, receive"},
	{regexp.MustCompile(`(?i)\bright to act\b`), "is the leader, holds the lease"},
	{regexp.MustCompile(`(?i)\bwhoever\b`), "the new leader, the user"},
	{regexp.MustCompile(`(?i)\bwhich there (is|are) not\b`), "which does not exist"},
	{regexp.MustCompile(`\bLeft out[:,.]`), "Defaults to, unset if"},
	{regexp.MustCompile(`(?i)\bgo(es)? round\b`), "iterates; round-robin"},
	{regexp.MustCompile(`\bnamespaces? that (is|are) going\b`), "terminating namespace"},
	{regexp.MustCompile(`(?i)\b(is|was|are|were) (doubted|believed)\b`), "suspect, trusted"},
	{regexp.MustCompile(`(?i)\bgone evenly\b`), "trusted"},
	{regexp.MustCompile(`(?i)\b(forgotten|owed) slots?\b|\b(slot|slots|date|is|are|still) owed\b`), "slot that is undecided"},
	{regexp.MustCompile(`\btold to (end|stop)\b`), "asked to stop"},
	{regexp.MustCompile(`\btells? (the core|the scheduler|the manager) (about|of|what)\b`), "report to"},
	{regexp.MustCompile(`(?i)\bpeople's own managers?\b|\bmanagers? of (one's|their|his) own\b`), "custom manager"},
}

// The standard terms are used everywhere: in code, documents, manifests and messages.
func TestVocabulary_HasNoBannedWords(t *testing.T) {
	t.Parallel()
	kinds := []string{".go", ".md", ".yaml", ".yml", ".tmpl", ".json", ".sh", ".toml"}
	own := []string{".git", "tzdata", "node_modules", filepath.Join("test", "docs", "vocabulary_test.go")}
	checked := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if slices.Contains(own, entry.Name()) || slices.Contains(own, relative) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() || !slices.Contains(kinds, filepath.Ext(path)) {
			return nil
		}
		checked++
		reportBanned(t, relative, read(t, relative))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 500 {
		t.Errorf("only %d files were checked", checked)
	}
}

// reportBanned reports the banned words of a file.
func reportBanned(t *testing.T, path, text string) {
	t.Helper()
	for _, word := range banned {
		for _, at := range word.pattern.FindAllStringIndex(text, -1) {
			line := 1 + strings.Count(text[:at[0]], "\n")
			t.Errorf("%s:%d: %q; write: %s", path, line, text[at[0]:at[1]], word.instead)
		}
	}
}

// The vocabulary test finds what it is for.
func TestVocabulary_FindsBannedWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"the save is in limbo", "what is on record", "Left out: it is not.", "a namespace that is going", "the clock is believed",
		"no slot that is owed", "it was told to end", "tells the core about an attempt", "a manager of one's own",
	} {
		if !slices.ContainsFunc(banned, func(word bannedWord) bool { return word.pattern.MatchString(text) }) {
			t.Errorf("nothing is found in %q", text)
		}
	}
}

// The decisions are numbered without holes, and their titles have the numbers of their files.
func TestADRs_AreNumberedWithoutHoles(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(filepath.Join(root, "docs/adr"))
	if err != nil {
		t.Fatal(err)
	}
	title := regexp.MustCompile(`^# (\d+)\. \S`)
	entries = slices.DeleteFunc(entries, func(entry os.DirEntry) bool { return entry.Name() == "README.md" })
	for i, entry := range entries {
		want := i + 1
		name := regexp.MustCompile(`^(\d{4})-[a-z0-9-]+\.md$`).FindStringSubmatch(entry.Name())
		found := title.FindStringSubmatch(read(t, "docs/adr/"+entry.Name()))
		if name == nil || found == nil || strings.TrimLeft(name[1], "0") != found[1] || found[1] != strconv.Itoa(want) {
			t.Errorf("%s: want the number %d in its name and in its title", entry.Name(), want)
		}
	}
}
