using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>LSTM, GRU and RNN.</summary>
internal static partial class OperatorCases
{
    private static void AddRecurrences(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        foreach (string op in new[] { "LSTM", "GRU", "RNN" })
        {
            cases[op] = draw => Recurrence(draw, op, odd: false);
            cases[$"{op} with other activations"] = draw => Recurrence(draw, op, odd: true);
        }
    }

    private static OperatorCase Recurrence(Draw draw, string op, bool odd)
    {
        int gates = op switch { "LSTM" => 4, "GRU" => 3, _ => 1 }, activations = op switch { "LSTM" => 3, "GRU" => 2, _ => 1 };
        int time = draw.Int(1, 6), batch = draw.Pick(1, 1, 2, 5, 14), length = draw.Int(1, 20), hidden = draw.Pick(1, 3, 8, 16, 21, 40);
        string direction = draw.Pick("forward", "reverse", "bidirectional");
        int d = direction == "bidirectional" ? 2 : 1;
        HostTensor? Perhaps(double probability, params int[] shape) => draw.Chance(probability) ? draw.Floats(-1f, 1f, shape) : null;
        List<(string Name, HostTensor? Value)> inputs =
        [
            ("x", draw.Floats(-1f, 1f, time, batch, length)), ("w", draw.Floats(-1f, 1f, d, gates * hidden, length)), ("r", draw.Floats(-1f, 1f, d, gates * hidden, hidden)),
            ("b", Perhaps(0.7, d, 2 * gates * hidden)),
            ("lengths", draw.Chance(0.3) ? HostTensor.Of([.. Enumerable.Repeat(time, batch)], batch) : null), ("h", Perhaps(0.5, d, batch, hidden)),
        ];
        if (op == "LSTM") inputs.AddRange([("c", Perhaps(0.5, d, batch, hidden)), ("p", Perhaps(0.3, d, 3 * hidden))]);
        List<(string, object)> attributes = [("hidden_size", (long)hidden), ("direction", direction)];
        if (odd)
        {
            string[] names = [.. Enumerable.Range(0, d * activations).Select(_ => draw.Pick("Sigmoid", "Tanh", "Relu", "HardSigmoid", "Softsign"))];
            attributes.Add(("activations", names));
            // Numbers for those that have them; ONNX Runtime has its own opinion of what it takes in their absence.
            int numbers = names.Count(name => name == "HardSigmoid");
            if (numbers > 0)
            {
                attributes.Add(("activation_alpha", Enumerable.Range(0, numbers).Select(_ => draw.Float(0.1f, 0.4f)).ToArray()));
                attributes.Add(("activation_beta", Enumerable.Range(0, numbers).Select(_ => draw.Float(0.3f, 0.7f)).ToArray()));
            }
        }
        else if (draw.Chance(0.3)) attributes.Add(("clip", draw.Float(0.3f, 2f)));
        if (op == "LSTM" && draw.Chance(0.2)) attributes.Add(("input_forget", 1L));
        if (op == "GRU") attributes.Add(("linear_before_reset", (long)draw.Int(0, 1)));
        List<string> constants = ["lengths"];
        foreach (string name in new[] { "w", "r", "b", "p" })
            if (draw.Chance(0.7)) constants.Add(name);
        // Sequences of their own lengths, which are constants or data.
        if (draw.Chance(0.4)) inputs[4] = ("lengths", draw.Ints(1, time, batch));
        if (draw.Chance()) constants.Remove("lengths");
        return new(op, 14, [.. inputs])
        {
            Attributes = [.. attributes], Constants = [.. constants], Outputs = op == "LSTM" ? 3 : 2, RunsAlone = false, Tolerance = Tolerance.OfLargest(2e-5),
        };
    }
}
