// Package tide tells when ships may enter a harbour.
package tide

// Enters says whether a ship of this draught may enter at a water level, both in centimetres.
func Enters(draught int, level int) bool {
	if level >= draught+50 {
		return true
	} else {
		return false
	}
}

// Levels gives the hours, counted from 0, with at least so much water.
func Levels(levels []int, least int) []int {
	hours := []int{}
	for i := 0; i < len(levels); i++ {
		l := levels[i]
		if l >= least {
			hours = append(hours, i)
		}
	}
	return hours
}

// Signal names the signal for a wind force.
func Signal(force int) string {
	if force < 0 || force > 12 {
		return "none"
	} else {
		if force < 6 {
			return "green"
		} else {
			if force < 9 {
				return "yellow"
			} else {
				return "red"
			}
		}
	}
}
