using System;
using System.Collections.Generic;
using Lr2vq.Testing;
using Lr2vq.Tests.Operators;

namespace Lr2vq.Tests.Cases;

/// <summary>Draws graphs of convolutions, sums and rearrangements that share values with each other, also equal nodes in several; a subclass draws the nodes that have such graphs inside.</summary>
/// <param name="draw">What chooses.</param>
/// <param name="mostSteps">Of one graph.</param>
/// <param name="recent">From how many of the last values a node reads.</param>
/// <param name="controls">How many kinds of nodes the subclass draws.</param>
internal abstract class DrawnSteps(Draw draw, int mostSteps, int recent, int controls)
{
    private const int MostDepth = 2, Plain = 8;
    private int _names;

    protected Draw Draw => draw;

    protected string Name() => "v" + _names++;

    /// <summary>Adds steps that read values of rank 4 with 16 channels, and returns the last.</summary>
    protected string Fill(OnnxBuilder graph, List<string> values, int depth)
    {
        List<string> known = [.. values];
        int count = draw.Int(2, mostSteps);
        for (int i = 0; i < count; i++)
        {
            string name = Name(), a = Pick(known), b = Pick(known);
            int kind = draw.Int(0, Plain + (depth < MostDepth ? controls : 0) - 1);
            switch (kind)
            {
                case 0: graph.Node("Conv", [a, "w0"], [name]); break;
                case 1: graph.Node("Conv", [a, "w1"], [name], ("pads", new[] { 1, 1, 1, 1 })); break;
                case 2: graph.Node("Relu", [a], [name]); break;
                case 3: graph.Node("Add", [a, b], [name]); break;
                case 4: graph.Node("Mul", [a, "s"], [name]); break;
                case 5: graph.Node("Div", [a, "two"], [name]); break;
                case 6: graph.Node("Transpose", [a], [name], ("perm", new[] { 0, 1, 3, 2 })); break;
                case 7: graph.Node("Sigmoid", [a], ["g" + name]).Node("Mul", [a, "g" + name], [name]); break;
                default: Control(kind - Plain, graph, known, depth, name); break;
            }
            known.Add(name);
        }
        return known[^1];
    }

    /// <summary>Adds a node with graphs inside that makes a value of this name.</summary>
    protected abstract void Control(int kind, OnnxBuilder graph, List<string> known, int depth, string name);

    protected string Pick(List<string> known) => known[draw.Int(Math.Max(0, known.Count - recent), known.Count - 1)];

    /// <summary>A value of its own that is the last of new steps.</summary>
    protected string Inside(OnnxBuilder graph, List<string> known, int depth) => Same(graph, Fill(graph, known, depth + 1));

    protected string Same(OnnxBuilder graph, string value)
    {
        string name = Name();
        graph.Node("Identity", [value], [name]);
        return name;
    }

    protected void If(string condition, OnnxBuilder graph, List<string> known, int depth, string name)
    {
        OnnxBuilder positive = new(), negative = new();
        positive.Output(Inside(positive, known, depth));
        negative.Output(Inside(negative, known, depth));
        graph.Node("If", [condition], [name], ("then_branch", positive), ("else_branch", negative));
    }
}
