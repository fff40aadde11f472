using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;
using Lr2vq.Tests.Operators;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Drawn networks with loops and branches in each other: bodies read what is outside, carried values change places, stacks are as long as data say.</summary>
public sealed class RandomLoopTests
{
    [Fact]
    public void Random_networks_with_loops_agree()
    {
        int steps = 0;
        foreach (int seed in GuardedBlocks.Seeds(0, TestData.Full ? 400 : 60))
        {
            using CheckedChain both = new(new RandomLoops(seed).Build());
            steps += both.Plan.Steps.Count(step => step.Operator == "Loop");
            // Rounding grows from turn to turn.
            for (int way = 0; way < 5; way++)
                both.Check(Tolerance.OfLargest(3e-4), $"seed {seed}, way {way}", ("x", RandomTensor.Floats(seed + way, -1f, 1f, 1 + way % 2, 16, 4, 4)), ("c", HostTensor.Scalar(way % 2 == 0)),
                    ("m", HostTensor.Scalar((long)(way * 2 % 5))), ("k", HostTensor.Scalar((long)(way == 3 ? 0 : 3))));
        }
        Assert.True(steps > 25, $"{steps} loops");
    }

    private sealed class RandomLoops(int seed) : DrawnSteps(new Draw(seed), mostSteps: 5, recent: 4, controls: 4)
    {
        private static readonly object?[] s_shape = ["n", 16, 4, 4];

        public byte[] Build()
        {
            OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, "n", 16, 4, 4).Input("c", ElementType.Bool).Input("m", ElementType.Int64).Input("k", ElementType.Int64)
                .Initializer("w0", RandomTensor.Floats(seed, -0.4f, 0.4f, 16, 16, 1, 1)).Initializer("w1", RandomTensor.Floats(seed + 1, -0.2f, 0.2f, 16, 16, 3, 3)).Initializer("s", RandomTensor.Floats(seed + 2, -0.4f, 0.4f, 16, 1, 1))
                .Initializer("two", HostTensor.Scalar(2f)).Initializer("zero", HostTensor.Scalar(0f)).Initializer("five", HostTensor.Scalar(5L)).Initializer("many", HostTensor.Scalar(300L)).Initializer("go", HostTensor.Scalar(true)).Initializer("first", HostTensor.Longs(0));
            string last = Fill(builder, ["x"], depth: 0);
            return builder.Node("Tanh", [last], ["y"]).Output("y").Build();
        }

        protected override void Control(int kind, OnnxBuilder graph, List<string> known, int depth, string name)
        {
            if (kind == 0) If("c", graph, known, depth, name);
            else if (kind == 1) Stack(graph, known, depth, name);
            else Loop(graph, known, depth, name);
        }

        /// <summary>Two or three values that change places or are made anew.</summary>
        private void Loop(OnnxBuilder graph, List<string> known, int depth, string name)
        {
            (OnnxBuilder body, string[] carried) = Body(Draw.Int(1, 3));
            List<string> inner = [.. known, .. carried];
            string[] next = [.. carried.Select(_ => Draw.Int(0, 2) == 0 ? Same(body, Pick([.. carried])) : Bounded(body, Inside(body, inner, depth)))];
            End(body, next);
            string[] results = [name, .. carried[1..].Select(_ => Name())];
            graph.Node("Loop", [Draw.Chance() ? "m" : "k", "go", .. carried.Select(_ => Pick(known))], results, ("body", body));
        }

        /// <summary>A stack that data end, summed up; of no turns ONNX Runtime does not know how long its rows are.</summary>
        private void Stack(OnnxBuilder graph, List<string> known, int depth, string name)
        {
            (OnnxBuilder body, string[] carried) = Body(1);
            string next = Bounded(body, Inside(body, [.. known, .. carried], depth)), sum = Name(), more = Name(), all = Name();
            body.Node("ReduceSum", [next], [sum], ("keepdims", 0L)).Node("Greater", [sum, "zero"], [more]).Output(more, ElementType.Bool).Output(next, ElementType.Float32, s_shape).Output(Same(body, next), ElementType.Float32, s_shape);
            graph.Node("Loop", [Draw.Chance() ? "five" : "many", "go", Pick(known)], [Name(), all], ("body", body)).Node("ReduceSum", [all, "first"], [name + "s"], ("keepdims", 0L)).Node("Tanh", [name + "s"], [name]);
        }

        private (OnnxBuilder Body, string[] Carried) Body(int count)
        {
            OnnxBuilder body = new OnnxBuilder().Input(Name(), ElementType.Int64).Input("g" + Name(), ElementType.Bool);
            string[] carried = [.. Enumerable.Range(0, count).Select(_ => Name())];
            foreach (string value in carried) body.Input(value, ElementType.Float32, s_shape);
            return (body, carried);
        }

        private void End(OnnxBuilder body, string[] next)
        {
            string more = Name();
            body.Node("Identity", ["go"], [more]).Output(more, ElementType.Bool);
            foreach (string value in next) body.Output(value, ElementType.Float32, s_shape);
        }

        private string Bounded(OnnxBuilder body, string value)
        {
            string name = Name();
            body.Node("Tanh", [value], [name]);
            return name;
        }
    }
}
