using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;
using Lr2vq.Training.Networks;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>The torch form of a network gives what the run time gives, for every network that it accepts; the others are refused by name.</summary>
public sealed class ForwardTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    /// <summary>Where the first sample is silence or plain background: the logarithm or the sigmoid of what cancels has few digits in any arithmetic.</summary>
    private static readonly Dictionary<string, int> s_number = new() { ["field/basic_pitch.onnx"] = 4, ["field/keijiro_selfie.onnx"] = 1 };

    public static TheoryData<string> Networks => [.. TestData.Models.Where(m => m != "resnet50.onnx"), .. NpmModels.Runnable.Select(m => m.File), .. TestNetworks.Field];

    [Theory, MemberData(nameof(Networks))]
    public void Torch_and_run_time_agree(string file)
    {
        Torch.Require();
        using OpenedNetwork opened = new(TestData.Model(file), TestNetworks.FixedOf(file));
        PlannedNetwork planned = opened.Planned;
        DiagnosticBag bag = new();
        TorchNetwork? network = TorchNetwork.Create(planned, file, bag);
        if (network is null)
        {
            Assert.All(bag.All, d => Assert.Equal("LR2VQ4102", d.Id));
            output.WriteLine($"{file} is refused: {string.Join("; ", bag.All)}");
            Console.WriteLine($"| {file} is refused: {string.Join(", ", bag.All.Select(d => d.Place.Node))}");
            return;
        }
        using EvaluationNetwork original = EvaluationNetwork.Original(planned);
        (NpyFile[] expected, StepValues seen) = ([], new());
        InputSample sample = opened.Accepted(sample => expected = original.Run(sample, seen = new StepValues()), first: s_number.GetValueOrDefault(file))[0];
        using var scope = NewDisposeScope();
        using var off = no_grad();
        string first = "no step alone";
        Tensor[] actual = network.Forward([.. sample.Values.Select(TensorValues.Of)], (step, results) =>
        {
            if (first == "no step alone" && seen.Differs(step.Number, results[0], Tolerance)) first = $"step {step.Number}, {step.Operator} \"{step.Name}\"";
        });
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Shape.Select(d => (long)d), actual[i].shape);
            if (expected[i].Type != ElementType.Float32) continue;
            double difference = Torch.Difference(TensorValues.Floats(actual[i]), MemoryMarshal.Cast<byte, float>(expected[i].Bytes));
            output.WriteLine($"{file} {planned.Plan.Outputs[i].Name} {Torch.Text(difference)}");
            Assert.True(difference <= Tolerance, $"{planned.Plan.Outputs[i].Name} differs by {Torch.Text(difference)}, first in {first}");
        }
    }
}
