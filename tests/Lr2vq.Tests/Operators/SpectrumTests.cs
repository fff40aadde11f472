using System;
using System.Numerics;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>The Fourier transform against its definition, to the last digits of f32.</summary>
public sealed class SpectrumTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(6), InlineData(25), InlineData(64), InlineData(97), InlineData(400), InlineData(512)]
    public void Agrees_with_the_definition(int length)
    {
        foreach (bool inverse in new[] { false, true })
        {
            HostTensor x = RandomTensor.Floats(length, -3f, 3f, 2, length, 2);
            HostTensor expected = HostTensor.Of(new float[4 * length], 2, length, 2);
            for (int row = 0; row < 2; row++)
                for (int k = 0; k < length; k++)
                {
                    Complex sum = 0;
                    for (int i = 0; i < length; i++)
                    {
                        int at = 2 * (row * length + i);
                        sum += new Complex(x.Values<float>()[at], x.Values<float>()[at + 1]) * Complex.FromPolarCoordinates(1, (inverse ? 2 : -2) * Math.PI * ((long)i * k % length) / length);
                    }
                    if (inverse) sum /= length;
                    (expected.Values<float>()[2 * (row * length + k)], expected.Values<float>()[2 * (row * length + k) + 1]) = ((float)sum.Real, (float)sum.Imaginary);
                }
            StepAttributes attributes = new OperatorCase("DFT", 20) { PlanAttributes = inverse ? "inverse=1" : "" }.ReadPlanAttributes();
            HostTensor found = OperatorHarness.Run(OperatorTable.Read("DFT", attributes)!, [x], [expected])[0];
            Tolerance.OfLargest(1e-7).Check(expected, found, $"{length}, inverse {inverse}");
        }
    }
}
