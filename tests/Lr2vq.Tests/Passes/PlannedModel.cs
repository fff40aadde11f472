using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Passes;

/// <summary>Small models through import, passes and lowering; and through the whole chain against ONNX Runtime.</summary>
internal static class PlannedModel
{
    /// <summary>The Plan of a model that must be sound.</summary>
    public static Plans.Plan Plan(OnnxBuilder builder, params (string Name, long Length)[] dimensions)
    {
        (Plans.Plan? plan, DiagnosticBag bag) = TryPlan(builder, dimensions);
        bag.ThrowIfErrors();
        return plan!;
    }

    public static (Plans.Plan? Plan, DiagnosticBag Bag) TryPlan(OnnxBuilder builder, params (string Name, long Length)[] dimensions)
    {
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-plan-" + Guid.NewGuid().ToString("n") + ".onnx");
        builder.Write(path);
        try
        {
            DiagnosticBag bag = new();
            using OnnxModel? model = OnnxFile.Open(path, bag);
            Dictionary<string, long> chosen = dimensions.ToDictionary(d => d.Name, d => d.Length);
            return (model is null ? null : Planner.Plan(model, "model", null, chosen, bag)?.Plan, bag);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The operators of the steps in order, with what is fused: <c>Conv+residual+relu</c>.</summary>
    public static string Operators(Plans.Plan plan) => string.Join(" ", plan.Steps.Select(step =>
        step.Operator + (step.Attributes.Flag("residual") ? "+residual" : "") + (step.Attributes.Find("act") is { } act ? "+" + act : "")));

    /// <summary>The model becomes these steps, and they compute what ONNX Runtime computes without any optimization.</summary>
    public static Plans.Plan Check(OnnxBuilder builder, string operators, params int[][] shapes)
    {
        Plans.Plan plan = Plan(builder);
        Assert.Equal(operators, Operators(plan));
        AssertAgrees(builder, plan, shapes);
        return plan;
    }

    public static void AssertAgrees(OnnxBuilder builder, Plans.Plan plan, params int[][] shapes)
    {
        byte[] model = builder.Build();
        (string, HostTensor)[] inputs = [.. plan.Inputs.Select((port, i) => (port.Name, Random(port, shapes.Length > i ? shapes[i] : null, i)))];
        using var oracle = new OrtOracle(model, optimize: false);
        HostTensor[] expected = oracle.Run(inputs), actual = ManagedChain.Run(model, inputs);
        // Winograd convolutions round more coarsely than the sums of products that they stand for.
        for (int i = 0; i < expected.Length; i++) Tolerance.OfLargest(1e-5).Check(expected[i], actual[i], plan.Outputs[i].Name);
    }

    private static HostTensor Random(PlanPort port, int[]? shape, int seed)
    {
        shape ??= [.. port.Shape.Select(d => (int)d.Value)];
        return port.Type == ElementType.Float32 ? RandomTensor.Floats(seed + 1, -3f, 3f, shape) : RandomTensor.Longs(seed + 1, 0, 4, shape);
    }
}
