package tide

import (
	"reflect"
	"testing"
)

func TestEnters(t *testing.T) {
	if !Enters(300, 350) || Enters(300, 349) {
		t.Fatal("the margin is wrong")
	}
}

func TestLevels(t *testing.T) {
	if got := Levels([]int{100, 300, 200}, 200); !reflect.DeepEqual(got, []int{1, 2}) {
		t.Fatal(got)
	}
}

func TestSignal(t *testing.T) {
	for force, want := range map[int]string{-1: "none", 0: "green", 6: "yellow", 9: "red", 13: "none"} {
		if got := Signal(force); got != want {
			t.Fatal(force, got)
		}
	}
}
