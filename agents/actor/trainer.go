package actor

import (
	"fmt"
	"math"
	"math/rand/v2"

	"somnium/internal/nn"
)

// Training shapes the updates of a Trainer.
type Training struct {
	// Batch is the number of steps of an update. Default: 1024.
	Batch int
	// Rate is AdamW's learning rate. Default: 1e-3.
	Rate float64
	// Clip bounds the ratio of probabilities, Entropy weighs the policy's entropy, Value the value's error. Defaults: 0.2,
	// 0.01, 0.5.
	Clip, Entropy, Value float64
	// Teach weighs the cross-entropy to the experience's advice, where there is some. Default: 1.
	Teach float64
}

// filled returns the training with defaults. What is below zero is none.
func (t Training) filled() Training {
	if t.Batch <= 0 {
		t.Batch = 1024
	}
	for _, f := range []struct {
		field *float64
		value float64
	}{{&t.Rate, 1e-3}, {&t.Clip, 0.2}, {&t.Entropy, 0.01}, {&t.Value, 0.5}, {&t.Teach, 1}} {
		if *f.field == 0 {
			*f.field = f.value
		}
		*f.field = max(*f.field, 0)
	}
	return t
}

// Trainer updates a network from experience.
type Trainer struct {
	network   *Network
	training  Training
	step      *nn.Step
	objective *objective
	input     []float32
	optimizer *nn.Optimizer
	order     []int
	rng       *rand.Rand
}

// Progress is what the updates of a pass came to, means over the steps.
type Progress struct {
	// Entropy is the policy's, in nats; Divergence estimates how far the policy has moved from that which gathered the
	// experience (Kullback-Leibler); Clipped is the share of steps whose ratio was cut off; ValueLoss is half the squared error.
	Entropy, Divergence, Clipped, ValueLoss float64
	// Norm is the mean length of the gradient.
	Norm float64
}

// NewTrainer returns a trainer of the network.
func NewTrainer(network *Network, training Training, seed uint64) (*Trainer, error) {
	training = training.filled()
	b := nn.NewBuilder()
	x, input := b.Input("input", training.Batch*network.eye.patches, network.eye.depth)
	o := &objective{choices: network.Config.Choices, Clip: training.Clip, Entropy: training.Entropy, Value: training.Value}
	loss := b.Apply(o, network.chain().Graph(b, x))
	step, err := b.Compile(loss)
	if err != nil {
		return nil, fmt.Errorf("actor: %w", err)
	}
	optimizer := nn.NewOptimizer(network.Params)
	optimizer.Rate, optimizer.Beta2, optimizer.Clip = training.Rate, 0.999, 0.5
	return &Trainer{network: network, training: training, step: step, objective: o, input: input, optimizer: optimizer, rng: rand.New(rand.NewPCG(seed, 0x7a1))}, nil
}

// Close frees the graph.
func (t *Trainer) Close() error { return t.step.Close() }

// Pass goes once through the experience in random order, as many whole batches as there are, and updates the network after
// each. advantage and target are [T*N]; rate multiplies the learning rate. With standard set, the advantages of each batch
// are brought to mean 0 and deviation 1.
func (t *Trainer) Pass(e *Experience, advantage, target []float32, standard bool, rate float64) (Progress, error) {
	n, batch := e.T*e.N, t.training.Batch
	if n < batch {
		return Progress{}, fmt.Errorf("actor: %d steps of experience do not fill a batch of %d; gather more or take smaller batches", n, batch)
	}
	if len(t.order) != n {
		t.order = make([]int, n)
		for i := range t.order {
			t.order[i] = i
		}
	}
	t.objective.Teach = 0
	if e.Advice != nil {
		t.objective.Teach = t.training.Teach
	}
	t.rng.Shuffle(n, func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	var sum Progress
	batches := n / batch
	for k := range batches {
		t.fill(e, advantage, target, t.order[k*batch:(k+1)*batch])
		if standard {
			standardise(t.objective.Advantage)
		}
		if _, err := t.step.Run(); err != nil {
			return sum, fmt.Errorf("actor: %w", err)
		}
		norm, err := t.optimizer.Update(t.step, rate)
		if err != nil {
			return sum, fmt.Errorf("actor: %w", err)
		}
		o, share := t.objective, 1/float64(batches)
		sum.Entropy += o.entropy * share
		sum.Divergence += o.kl * share
		sum.Clipped += o.clipped * share
		sum.ValueLoss += o.valueLoss * share
		sum.Norm += norm * share
	}
	return sum, nil
}

// fill copies the steps of a batch into the graph.
func (t *Trainer) fill(e *Experience, advantage, target []float32, steps []int) {
	size, parts, o := t.network.InputSize(), len(t.network.Config.Choices), t.objective
	for k, at := range steps {
		copy(t.input[k*size:(k+1)*size], e.Input[at*size:(at+1)*size])
		copy(o.Choice[k*parts:(k+1)*parts], e.Choice[at*parts:(at+1)*parts])
		if e.Advice != nil {
			copy(o.Advice[k*parts:(k+1)*parts], e.Advice[at*parts:(at+1)*parts])
		}
		o.LogOld[k], o.Advantage[k], o.Target[k] = e.LogProb[at], advantage[at], target[at]
	}
}

// standardise brings x to mean 0 and deviation 1.
func standardise(x []float32) {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(x))
	mean := sum / n
	deviation := math.Sqrt(max(squares/n-mean*mean, 0)) + 1e-8
	for i, v := range x {
		x[i] = float32((float64(v) - mean) / deviation)
	}
}
