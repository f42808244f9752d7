// Package cargo weighs and sorts what is unloaded.
package cargo

// Box is one piece of cargo.
type Box struct {
	Name  string
	Kilos int
}

// Heaviest is the name of the heaviest box, empty for none.
func Heaviest(boxes []Box) string {
	x := ""
	y := 0
	for i := range boxes {
		if boxes[i].Kilos > y {
			y = boxes[i].Kilos
			x = boxes[i].Name
		}
	}
	return x
}

// Trips is how often a crane that lifts 900 kilos has to turn.
func Trips(boxes []Box) int {
	sum := 0
	for _, box := range boxes {
		sum += box.Kilos
	}
	if sum%900 == 0 {
		return sum / 900
	}
	return sum/900 + 1
}

// Toll is the toll for all boxes.
func Toll(boxes []Box) int {
	sum := 0
	for _, box := range boxes {
		sum += box.Kilos
	}
	if sum > 1000 {
		return sum * 2
	}
	return sum * 3
}
