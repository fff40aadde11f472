using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Import;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Passes;

namespace Lr2vq.Planning;

/// <summary>ONNX model → Plan. Reads no weight, so it takes well under a second for any network.</summary>
internal static class Planner
{
    /// <param name="model">Must stay open as long as the weights are read.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="file">The file as the user gave it, for diagnostics.</param>
    /// <param name="choices">Dimensions and inputs to fix; null for none.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <param name="keepsApart">Whether the file's constants stay apart, but for BatchNormalizations, which are folded: what is trained goes back into the file.</param>
    /// <param name="keepsIntegers">Whether what was quantized is computed in integers (<see cref="ModelOptions.KeepsIntegers"/>).</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static PlannedNetwork? Plan(OnnxModel model, string name, string? file, FixedInputs? choices, DiagnosticBag bag, bool keepsApart = false,
        bool keepsIntegers = false, CancellationToken cancellation = default)
    {
        Graph? graph = GraphImporter.Import(model, name, file, choices ?? FixedInputs.None, bag, cancellation);
        if (graph is null) return null;
        try
        {
            PassDriver.Optimize(graph, keepsApart: keepsApart, keepsIntegers: keepsIntegers, cancellation: cancellation);
            PlannedNetwork planned = Lowering.Lower(graph);
            cancellation.ThrowIfCancellationRequested();
            PlanRules.Check(planned.Plan, file, bag);
            return bag.HasErrors ? null : planned;
        }
        catch (ArithmeticException e)
        {
            bag.Add(DiagnosticCatalogue.ShapeTooLarge.At(new DiagnosticPlace(file), name, "whole network", e.Message));
        }
        catch (Exception e) when (e is GraphException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or KeyNotFoundException)
        {
            bag.Add(DiagnosticCatalogue.InternalError.At(new DiagnosticPlace(file), "planning " + name, e.GetType().Name, e.Message));
        }
        return null;
    }
}
