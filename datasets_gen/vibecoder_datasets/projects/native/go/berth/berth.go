// Package berth finds places and their price.
package berth

// Fee is what a berth costs a night, by the kind of boat.
func Fee(kind string, metres int) int {
	switch kind {
	case "sail":
		return metres * 3
	case "motor":
		return metres * 5
	case "catamaran":
		return metres * 7
	case "dinghy":
		return metres * 2
	default:
		return metres * 4
	}
}

// Free finds the first berth long enough, -1 if there is none.
func Free(berths []int, taken []bool, metres int) int {
	for i, b := range berths {
		if !taken[i] {
			if b >= metres {
				return i
			}
		}
	}
	return -1
}

// Bill is the price of a stay with tourist tax and discount, in cents.
func Bill(nights int, people int, fee int) int {
	sum := nights * fee * 100
	if nights >= 7 {
		sum = sum - sum*10/100
	}
	tax := 0
	for n := 0; n < nights; n++ {
		for p := 0; p < people; p++ {
			tax = tax + 150
		}
	}
	return sum + tax
}
