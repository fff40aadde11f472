using System;
using System.Linq;
using System.Security.Cryptography;
using Lr2vq.Artifacts;
using Xunit;

namespace Lr2vq.Tests.Artifact;

public sealed class Sha256Tests
{
    [Fact]
    public void AgreesWithTheSystemForEveryLengthAndSplit()
    {
        byte[] data = new byte[1 << 16];
        new Random(1).NextBytes(data);
        byte[] hash = new byte[32];
        foreach (int length in Enumerable.Range(0, 300).Concat([1000, 4096, 65535, 65536]))
            for (int split = 0; split <= Math.Min(length, 130); split += 13)
            {
                Sha256 sha = new();
                sha.Append(data.AsSpan(0, split));
                sha.Append(data.AsSpan(split, length - split));
                sha.Finish(hash);
                Assert.Equal(SHA256.HashData(data.AsSpan(0, length)), hash);
            }
    }
}
