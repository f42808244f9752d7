package cargo

import "testing"

var boxes = []Box{{"tea", 400}, {"iron", 800}}

func TestHeaviest(t *testing.T) {
	if Heaviest(boxes) != "iron" || Heaviest(nil) != "" {
		t.Fatal("wrong box")
	}
}

func TestTrips(t *testing.T) {
	if Trips(boxes) != 2 {
		t.Fatal(Trips(boxes))
	}
}

func TestToll(t *testing.T) {
	if Toll(boxes) != 2400 || Toll(boxes[:1]) != 1200 {
		t.Fatal(Toll(boxes))
	}
}
