// Asks Argo CD's own engine about objects: does it see a difference, how healthy is each, in which wave is it synced.
//
// Usage: argodiff OPENAPI < QUESTIONS > ANSWERS, where OPENAPI is a file with the API server's /openapi/v2.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/syncwaves"
	openapi "github.com/google/gnostic-models/openapiv2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/util/proto"
)

// The name under which Argo CD applies.
const manager = "argocd-controller"

type question struct {
	Desired map[string]any `json:"desired"`
	Live    map[string]any `json:"live"`
	// What the API server answers to a dry run of the apply.
	Predicted json.RawMessage `json:"predicted"`
}

type comparison struct {
	Modified  bool            `json:"modified"`
	Predicted json.RawMessage `json:"predicted"`
	Live      json.RawMessage `json:"live"`
}

type answer struct {
	// With the sync option ServerSideApply=true.
	Structured comparison `json:"structured"`
	// With server-side diff.
	ServerSide comparison `json:"serverSide"`
	Health     string     `json:"health"`
	Wave       int        `json:"wave"`
}

type dryRun json.RawMessage

func (known dryRun) Run(context.Context, *unstructured.Unstructured, string) (string, error) {
	return string(known), nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	parser, err := parserOf(os.Args[1])
	if err != nil {
		return err
	}
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		return err
	}
	answers := []answer{}
	for _, one := range questions {
		found, err := ask(one, parser)
		if err != nil {
			return err
		}
		answers = append(answers, found)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func parserOf(path string) (*managedfields.GvkParser, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	document, err := openapi.ParseDocument(text)
	if err != nil {
		return nil, err
	}
	models, err := proto.NewOpenAPIData(document)
	if err != nil {
		return nil, err
	}
	return managedfields.NewGVKParser(models, false)
}

func ask(one question, parser *managedfields.GvkParser) (answer, error) {
	desired, live := &unstructured.Unstructured{Object: one.Desired}, &unstructured.Unstructured{Object: one.Live}
	options := []diff.Option{diff.WithGVKParser(parser), diff.WithManager(manager)}
	structured, err := compare(desired, live, append(options, diff.WithStructuredMergeDiff(true)))
	if err != nil {
		return answer{}, err
	}
	server := append(options, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(dryRun(one.Predicted)))
	serverSide, err := compare(desired, live, server)
	if err != nil {
		return answer{}, err
	}
	status, err := health.GetResourceHealth(live, nil)
	if err != nil {
		return answer{}, err
	}
	found := answer{Structured: structured, ServerSide: serverSide, Wave: syncwaves.Wave(desired)}
	if status != nil {
		found.Health = string(status.Status)
	}
	return found, nil
}

func compare(desired, live *unstructured.Unstructured, options []diff.Option) (comparison, error) {
	result, err := diff.Diff(desired.DeepCopy(), live.DeepCopy(), options...)
	if err != nil {
		return comparison{}, err
	}
	return comparison{Modified: result.Modified, Predicted: result.PredictedLive, Live: result.NormalizedLive}, nil
}
