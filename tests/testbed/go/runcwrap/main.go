// runcwrap is an OCI runtime in front of runc for machines that lack CAP_SYS_RESOURCE or another capability.
//
// runc refuses to give a container what its own process may not have. runcwrap edits what `create`, `run` and `exec`
// are about to hand to runc, then becomes runc:
//   - capabilities outside our own bounding set are taken out,
//   - resource limits are held at our own hard limits, and oomScoreAdj at our own, when CAP_SYS_RESOURCE is missing.
//
// It is Docker's default runtime on such a machine, and stands in front of runc inside the node.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	runc           = "/usr/sbin/runc"
	capSysResource = 24
)

// The kernel's order: a capability's index is its number.
var capabilities = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
	LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
	SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE
	AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF
	CHECKPOINT_RESTORE`)

// The kernel's order again.
var limits = strings.Fields(`CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE
	RTPRIO RTTIME`)

func main() {
	args := os.Args[1:]
	if err := edit(args, boundingSet()); err != nil {
		fmt.Fprintln(os.Stderr, "runcwrap:", err)
	}
	err := syscall.Exec(runc, append([]string{runc}, args...), os.Environ())
	fmt.Fprintln(os.Stderr, "runcwrap: exec", runc, err)
	os.Exit(127)
}

// edit changes the file that the command line makes runc read, if it makes it read one.
func edit(args []string, bounding uint64) error {
	for i, arg := range args {
		switch arg {
		case "create", "run":
			bundle := value(args[i:], "bundle", "b")
			return editFile(filepath.Join(bundle, "config.json"), "process", bounding)
		case "exec":
			if file := value(args[i:], "process", "p"); file != "" {
				return editFile(file, "", bounding)
			}
			return nil
		case "start", "delete", "kill", "state", "ps", "events", "update", "pause", "resume", "list", "features":
			return nil
		}
	}
	return nil
}

// value finds --long V, --long=V, -short V or -short=V.
func value(args []string, long, short string) string {
	for i, arg := range args {
		for _, flag := range []string{"--" + long, "-" + long, "-" + short} {
			if arg == flag && i+1 < len(args) {
				return args[i+1]
			}
			if v, found := strings.CutPrefix(arg, flag+"="); found {
				return v
			}
		}
	}
	return ""
}

func boundingSet() uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ^uint64(0)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if text, found := strings.CutPrefix(line, "CapBnd:"); found {
			if set, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64); err == nil {
				return set
			}
		}
	}
	return ^uint64(0)
}

func editFile(path, key string, bounding uint64) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // 64-bit limits must survive
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	process := document
	if key != "" {
		process, _ = document[key].(map[string]any)
	}
	if process == nil {
		return nil
	}
	dropCapabilities(process, bounding)
	if bounding&(1<<capSysResource) == 0 {
		holdLimits(process)
		holdOOMScore(process)
	}
	edited, err := json.Marshal(document)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, edited, info.Mode().Perm())
}

func dropCapabilities(process map[string]any, bounding uint64) {
	missing := map[string]bool{}
	for number, name := range capabilities {
		missing["CAP_"+name] = bounding&(1<<number) == 0
	}
	sets, _ := process["capabilities"].(map[string]any)
	for set, names := range sets {
		kept := []any{}
		list, _ := names.([]any)
		for _, name := range list {
			if text, _ := name.(string); !missing[text] {
				kept = append(kept, name)
			}
		}
		sets[set] = kept
	}
}

func holdLimits(process map[string]any) {
	list, _ := process["rlimits"].([]any)
	for _, item := range list {
		limit, _ := item.(map[string]any)
		for number, name := range limits {
			var own syscall.Rlimit
			if limit["type"] != "RLIMIT_"+name || syscall.Getrlimit(number, &own) != nil {
				continue
			}
			for _, kind := range []string{"hard", "soft"} {
				wanted, _ := limit[kind].(json.Number)
				if n, err := strconv.ParseUint(wanted.String(), 10, 64); err == nil && n > own.Max {
					limit[kind] = json.Number(strconv.FormatUint(own.Max, 10))
				}
			}
		}
	}
}

func holdOOMScore(process map[string]any) {
	score, _ := process["oomScoreAdj"].(json.Number)
	wanted, err := strconv.Atoi(score.String())
	if err != nil {
		return
	}
	text, _ := os.ReadFile("/proc/self/oom_score_adj")
	if own, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && wanted < own {
		process["oomScoreAdj"] = json.Number(strconv.Itoa(own))
	}
}
