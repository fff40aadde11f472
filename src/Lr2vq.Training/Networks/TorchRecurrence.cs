using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Recurrent layers behind the products of their inputs, one time step after the other (docs/operators.md has their order of gates).</summary>
internal static class TorchRecurrence
{
    public static Tensor[] Lstm(StepCall c)
    {
        GateActivation[] acts = GateActivation.Read(c.Attributes, "Sigmoid", "Tanh", "Tanh");
        long batch = c.X.shape[1], hidden = c.Shape()[2];
        Tensor h = c.Find(2)?.reshape(batch, hidden) ?? zeros(batch, hidden), cell = c.Find(3)?.reshape(batch, hidden) ?? zeros(batch, hidden), r = c[1].t();
        Tensor[]? peepholes = c.Find(4)?.split(hidden);
        return Steps(c, x =>
        {
            Tensor[] gates = (x + h.matmul(r)).split(hidden, 1);
            Tensor Peep(Tensor gate, int which) => peepholes is null ? gate : gate + cell * peepholes[which];
            Tensor input = Activate(acts[0], Peep(gates[0], 0));
            Tensor forget = c.Attributes.Flag("input_forget") ? 1 - input : Activate(acts[0], Peep(gates[2], 2));
            cell = forget * cell + input * Activate(acts[1], gates[3]);
            h = Activate(acts[0], Peep(gates[1], 1)) * Activate(acts[2], cell, bounded: false);
            return h;
        }, () => [h, cell]);
    }

    public static Tensor[] Gru(StepCall c)
    {
        GateActivation[] acts = GateActivation.Read(c.Attributes, "Sigmoid", "Tanh");
        long batch = c.X.shape[1], hidden = c.Shape()[2];
        Tensor h = c.Find(4)?.reshape(batch, hidden) ?? zeros(batch, hidden), gateWeight = c[1].t(), stateWeight = c[2].t();
        Tensor? bias = c.Find(3);
        bool linear = c.Attributes.Flag("linear_before_reset");
        return Steps(c, x =>
        {
            Tensor[] parts = x.split(hidden, 1);
            Tensor[] gates = Activate(acts[0], cat([parts[0], parts[1]], 1) + h.matmul(gateWeight)).split(hidden, 1);
            Tensor state = linear ? h.matmul(stateWeight) : (gates[1] * h).matmul(stateWeight);
            if (linear) state = gates[1] * (bias is null ? state : state + bias);
            Tensor fresh = Activate(acts[1], parts[2] + state);
            h = fresh + gates[0] * (h - fresh);
            return h;
        }, () => [h]);
    }

    public static Tensor[] Rnn(StepCall c)
    {
        GateActivation[] acts = GateActivation.Read(c.Attributes, "Tanh");
        long batch = c.X.shape[1], hidden = c.Shape()[2];
        Tensor h = c.Find(2)?.reshape(batch, hidden) ?? zeros(batch, hidden), r = c[1].t();
        return Steps(c, x => h = Activate(acts[0], x + h.matmul(r)), () => [h]);
    }

    private static Tensor[] Steps(StepCall c, Func<Tensor, Tensor> step, Func<Tensor[]> last)
    {
        if (c.Find(c.Step.Operator == "RNN" ? 3 : 5) is not null) throw new NotSupportedException("sequences of several lengths have no torch form");
        Tensor[] inputs = c.X.unbind(0);
        var outputs = new Tensor[inputs.Length];
        IEnumerable<int> order = Enumerable.Range(0, inputs.Length);
        foreach (int t in c.Attributes.Flag("reverse") ? order.Reverse() : order) outputs[t] = step(inputs[t]);
        return [stack(outputs), .. last()];
    }

    private static Tensor Activate(GateActivation activation, Tensor x, bool bounded = true)
    {
        if (bounded && activation.Clip > 0f) x = x.clamp(-activation.Clip, activation.Clip);
        return activation.Name switch
        {
            "Sigmoid" => x.sigmoid(),
            "Tanh" => x.tanh(),
            "Relu" => nn.functional.relu(x),
            "HardSigmoid" => (x * activation.Alpha + activation.Beta).clamp(0, 1),
            "LeakyRelu" => nn.functional.leaky_relu(x, activation.Alpha),
            _ => throw new NotSupportedException($"the gate activation {activation.Name} has no torch form"),
        };
    }
}
