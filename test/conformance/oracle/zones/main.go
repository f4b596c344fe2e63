// Command zones writes src/sprig/go/zone-names.ts: the names of the time zones that Go's time.LoadLocation knows, and the
// abbreviations that their times print with since 1970. Needs the tzdata package.
//
//	go run main.go > ../../../../src/sprig/go/zone-names.ts
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

const root = "/usr/share/zoneinfo"

func main() {
	names := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, root+"/")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "posix" || name == "right"):
			return fs.SkipDir
		case entry.IsDir() || name == "localtime" || name == "posixrules" || name == "Factory":
			return nil
		}
		location, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		group := abbreviations(location)
		names[group] = append(names[group], name)
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	write(names)
}

// abbreviations lists the zone's alphabetic abbreviations with their offsets in minutes. Where one offset has had
// several, the latest counts.
func abbreviations(location *time.Location) string {
	byOffset := map[int]string{}
	until := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Unix(0, 0).In(location); !at.IsZero() && at.Before(until); _, at = at.ZoneBounds() {
		name, offset := at.Zone()
		byOffset[offset/60] = name
	}
	offsets := []int{}
	for offset, name := range byOffset {
		if name[0] != '+' && name[0] != '-' {
			offsets = append(offsets, offset)
		}
	}
	sort.Ints(offsets)
	parts := []string{}
	for _, offset := range offsets {
		parts = append(parts, byOffset[offset]+" "+strconv.Itoa(offset))
	}
	return strings.Join(parts, ", ")
}

func write(names map[string][]string) {
	groups := []string{}
	for group := range names {
		groups = append(groups, group)
	}
	sort.Strings(groups)
	fmt.Println("/*\n * Written by test/conformance/oracle/zones from the IANA time zone database. Do not edit.\n */")
	fmt.Println("\n/** Names of time zones by their alphabetic abbreviations, each with its offset from UTC in minutes. */")
	fmt.Println("export const zoneNames: Readonly<Record<string, string>> = {")
	for _, group := range groups {
		sort.Strings(names[group])
		fmt.Printf("  '%s':\n", group)
		lines := wrap(names[group], 100)
		for i, line := range lines {
			if i < len(lines)-1 {
				fmt.Printf("    '%s ' +\n", line)
			} else {
				fmt.Printf("    '%s',\n", line)
			}
		}
	}
	fmt.Println("};")
}

func wrap(words []string, width int) []string {
	lines := []string{}
	for _, word := range words {
		last := len(lines) - 1
		if last >= 0 && len(lines[last])+len(word) < width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
