package lint

import (
	"fmt"
	"path/filepath"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// This file has as much of SARIF 2.1.0 as findings need, see
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool    sarifTool     `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string       `json:"id"`
	ShortDescription sarifMessage `json:"shortDescription"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifLocation struct {
	PhysicalLocation sarifPhysicalLocation `json:"physicalLocation"`
}

type sarifPhysicalLocation struct {
	ArtifactLocation sarifArtifactLocation `json:"artifactLocation"`
	Region           sarifRegion           `json:"region"`
}

type sarifArtifactLocation struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

// sarifRules are all rules, with what they are about.
var sarifRules = []sarifRule{
	{ruleUnreadable, sarifMessage{"The document cannot be read."}},
	{ruleSchema, sarifMessage{"The API server refuses the object."}},
	{ruleName, sarifMessage{"The name is none that an object can have."}},
	{ruleTrigger, sarifMessage{"The trigger makes the Task Stalled."}},
	{ruleSurprise, sarifMessage{"What is written may not do what it seems to say."}},
}

// printSARIF prints the findings as programs that analyse code exchange theirs.
func printSARIF(f *kube.Factory, r *report) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "kubectl-carillon lint", InformationURI: "https://github.com/carillon-dev/carillon/blob/main/docs/cli.md", Rules: sarifRules,
		}},
		Results: []sarifResult{},
	}
	for i := range r.Findings {
		found := &r.Findings[i]
		result := sarifResult{RuleID: found.Rule, Level: found.Level, Message: sarifMessage{found.Message}}
		if found.Source != "" {
			result.Message.Text = fmt.Sprintf("%s %s/%s: %s", found.Kind, found.Namespace, found.Name, found.Message)
			result.Locations = []sarifLocation{{sarifPhysicalLocation{sarifArtifactLocation{filepath.ToSlash(found.Source)}, sarifRegion{max(found.Line, 1)}}}}
		}
		run.Results = append(run.Results, result)
	}
	return encode(f, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}
