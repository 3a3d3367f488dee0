package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// A library that never returns cannot be stopped but with its process. So every
// question that may be too much for one is asked in a process of its own.

const (
	askVector = "vector"
	askHard   = "hard"

	// patience is how long a question may take.
	patience = 5 * time.Second
)

// answer is what a child prints.
type answer struct {
	Verdict verdict
	Cost    cost
}

// ask starts a child. word is empty if it has answered in time.
func ask(what string, library, question int, patience time.Duration) (result answer, word string, err error) {
	program, err := os.Executable()
	if err != nil {
		return answer{}, "", fmt.Errorf("finding this program: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	output, err := exec.CommandContext(ctx, program, what, strconv.Itoa(library), strconv.Itoa(question)).Output()
	if exit := (*exec.ExitError)(nil); ctx.Err() != nil {
		return answer{}, hangs, nil
	} else if errors.As(err, &exit) {
		return answer{}, panics, nil
	} else if err != nil {
		return answer{}, "", fmt.Errorf("asking %s: %w", libraries[library].name, err)
	}
	if err := json.Unmarshal(output, &result); err != nil {
		return answer{}, "", fmt.Errorf("reading the answer of %s: %w", libraries[library].name, err)
	}
	return result, "", nil
}

// beChild answers the question that the arguments name.
func beChild(args []string) error {
	library, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	question, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	var result answer
	if args[0] == askVector {
		result.Verdict = judge(libraries[library], vectors[question])
	} else {
		result.Cost = measureHard(libraries[library], hardQuestions[question])
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// judgeAll asks every library every vector. The verdicts are in the order of the
// vectors and then of the libraries.
func judgeAll() ([][]verdict, error) {
	verdicts := make([][]verdict, len(vectors))
	for i := range vectors {
		for k := range libraries {
			result, word, err := ask(askVector, k, i, patience)
			if err != nil {
				return nil, err
			}
			if word != "" {
				result.Verdict.Word = word
			}
			verdicts[i] = append(verdicts[i], result.Verdict)
		}
	}
	return verdicts, nil
}

// measureHardAll asks every library every hard question, in the same orders.
func measureHardAll() ([][]cost, error) {
	costs := make([][]cost, len(hardQuestions))
	for i := range hardQuestions {
		for k := range libraries {
			result, word, err := ask(askHard, k, i, patience)
			if err != nil {
				return nil, err
			}
			if word != "" {
				result.Cost.Word = word
			}
			costs[i] = append(costs[i], result.Cost)
		}
	}
	return costs, nil
}
