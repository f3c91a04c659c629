// Command mathrand draws numbers with math/rand as it is told to on standard input: one task in
// JSON a line, one answer a line. tests/support/random_draws.py does the same in Python.
package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"math/rand"
	"os"
	"strconv"
)

type task struct {
	Seed  int64
	Draws []draw
}

type draw struct {
	Kind  string
	Limit int64 // of the number, or the bytes to read
}

func main() {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var told task
		if err := input.Decode(&told); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		source := rand.New(rand.NewSource(told.Seed))
		drawn := []string{}
		for _, it := range told.Draws {
			drawn = append(drawn, it.from(source))
		}
		if err := output.Encode(drawn); err != nil {
			log.Fatal(err)
		}
	}
}

func (d draw) from(source *rand.Rand) string {
	switch d.Kind {
	case "Uint64":
		return strconv.FormatUint(source.Uint64(), 10)
	case "Int63":
		return strconv.FormatInt(source.Int63(), 10)
	case "Int":
		return strconv.Itoa(source.Int())
	case "Int63n":
		return strconv.FormatInt(source.Int63n(d.Limit), 10)
	case "Intn":
		return strconv.Itoa(source.Intn(int(d.Limit)))
	case "Float64":
		return strconv.FormatFloat(source.Float64(), 'x', -1, 64)
	case "Read":
		data := make([]byte, d.Limit)
		source.Read(data)
		return hex.EncodeToString(data)
	}
	log.Fatalf("nobody knows how to draw %q", d.Kind)
	return ""
}
